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
  for (const one of cases)
    if (await isWrong(one, changed))
      wrong.push(`${one.what}: ${one.allowed ? 'denied' : 'allowed'}`);
  return wrong;
}

async function isWrong({ caller, request, allowed }: Case, { own, ofResource }: Changed) {
  const asking = { ...caller, policy: own ?? caller.policy };
  return (await isAllowed(asking, request, ofResource)) !== allowed;
}

async function isNoticed(cases: readonly Case[], changed: Changed): Promise<boolean> {
  for (const one of cases) if (await isWrong(one, changed)) return true;
  return false;
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
    if (!(await isNoticed(concerned, { [whose]: less }))) unnoticed.push(without);
  }
  return unnoticed;
}
