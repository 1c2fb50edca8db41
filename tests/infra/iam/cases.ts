import { shortened } from './parts';
import type { Document } from './policies';
import { type Caller, isAllowed, type Request } from './simulate';

/** What somebody asks for, and whether it is given. */
export interface Case {
  readonly what: string;
  readonly caller: Caller;
  readonly request: Request;
  readonly allowed: boolean;
}

export function given(caller: Caller, what: string, request: Request): Case {
  return { what, caller, request, allowed: true };
}

export function refused(caller: Caller, what: string, request: Request): Case {
  return { what, caller, request, allowed: false };
}

/** The cases that are decided in another way than they say. */
export async function wrongIn(cases: readonly Case[], changed: Changed = {}): Promise<string[]> {
  const wrong: string[] = [];
  for (const { what, caller, request, allowed } of cases) {
    const { own = caller.policy, ofResource } = changed;
    const decided = await isAllowed({ ...caller, policy: own }, request, ofResource);
    if (decided !== allowed) wrong.push(`${what}: ${decided ? 'allowed' : 'denied'}`);
  }
  return wrong;
}

/** Policies in the place of the declared ones. */
interface Changed {
  /** Of the caller. */
  readonly own?: Document;
  readonly ofResource?: Document;
}

/**
 * The parts of a policy that could be left out, and no case would be decided in another way.
 * @param whose whether it is the callers' own, or that of the resource
 */
export async function unnoticedIn(
  policy: Document,
  whose: keyof Changed,
  cases: readonly Case[],
): Promise<string[]> {
  const unnoticed: string[] = [];
  for (const { without, concerns, policy: less } of shortened(policy)) {
    const concerned = cases.filter(({ request }) => concerns(request.action));
    if ((await wrongIn(concerned, { [whose]: less })).length === 0) unnoticed.push(without);
  }
  return unnoticed;
}
