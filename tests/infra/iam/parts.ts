import type { Document, Statement } from './policies';

/** A policy without one of its parts, and what that part was. */
export interface Shortened {
  readonly without: string;
  readonly policy: Document;
  /** Whether it can make a difference to an action. */
  readonly concerns: (action: string) => boolean;
}

/** The policy without each of its statements, actions, resources, principals and conditions, one at a time. */
export function shortened({ Version, Statement: all }: Document): Shortened[] {
  return all.flatMap((statement, index) =>
    shorter(statement).map(([without, less]) => ({
      without: `${statement.Sid}: ${without}`,
      concerns: (action) => [statement.Action].flat().some((pattern) => fits(pattern, action)),
      policy: {
        Version,
        Statement: [...all.slice(0, index), ...(less ? [less] : []), ...all.slice(index + 1)],
      },
    })),
  );
}

function fits(pattern: string, action: string): boolean {
  return new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(action);
}

type Change = readonly [without: string, less: Statement | undefined];

function shorter(statement: Statement): Change[] {
  const lists = (['Action', 'Resource', 'NotResource'] as const).flatMap((name) =>
    withoutEach(statement[name]).map(
      ([item, rest]): Change => [item, { ...statement, [name]: rest }],
    ),
  );
  return [['all', undefined], ...lists, ...lessPrincipals(statement), ...lessConditions(statement)];
}

/** Of a list of one, nothing can be left out but the whole statement. */
function withoutEach(items: string | readonly string[] | undefined): [string, string[]][] {
  if (items === undefined || typeof items === 'string' || items.length < 2) return [];
  return items.map((item) => [item, items.filter((other) => other !== item)]);
}

function lessPrincipals(statement: Statement): Change[] {
  const { Principal } = statement;
  if (typeof Principal !== 'object') return [];
  return Object.entries(Principal).flatMap(([sort, who]) =>
    withoutEach(who).map(
      ([one, rest]): Change => [one, { ...statement, Principal: { [sort]: rest } }],
    ),
  );
}

function lessConditions(statement: Statement): Change[] {
  const { Condition = {} } = statement;
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.keys(keys).map((key): Change => {
      const { [key]: _, ...rest } = keys;
      const less = { ...Condition, [operator]: rest };
      return [`${operator} ${key}`, { ...statement, Condition: less }];
    }),
  );
}
