import type { Contents } from '../../core/archive/contents';
import type { TocEntry } from '../../core/archive/format';
import { choose } from '../../core/restore/choose';
import type { Target } from '../../core/restore/target';

const entry = (type: string, definition: string, owner = 'app'): TocEntry =>
  ({ type, tag: 'TABLE t', schema: 'public', owner, definition }) as TocEntry;

/** @param roles of the target, and whether the restoring role may act as each */
const chosen = (roles: Record<string, boolean>, used: string[], ...entries: TocEntry[]) =>
  choose(
    { entries } as unknown as Contents,
    { roles: new Map(Object.entries(roles)) } as unknown as Target,
    used,
  );

const definitions = ({ entries }: { entries: readonly TocEntry[] }) =>
  entries.map(({ definition }) => definition);

it('keeps everything where every role is there and within reach', () => {
  const grant = entry('ACL', 'GRANT SELECT ON TABLE public.t TO reader;\n');
  const choice = chosen({ app: true, reader: false }, ['app', 'reader'], entry('TABLE', ''), grant);
  expect(choice).toMatchObject({ noOwner: false, dropped: [] });
  expect(choice.entries).toHaveLength(2);
});

it('leaves out the grants to roles that are missing, and those alone', () => {
  const sql = [
    'REVOKE ALL ON TABLE public.t FROM PUBLIC;',
    'GRANT ALL ON TABLE public."to gone; to" TO reader;',
    'GRANT SELECT ON TABLE public.t TO gone;',
    'GRANT SELECT ON TABLE public.t TO "Gone; \n""too""" WITH GRANT OPTION;',
  ];
  const used = ['app', 'reader', 'gone', 'Gone; \n"too"'];
  const choice = chosen({ app: true, reader: false }, used, entry('ACL', `${sql.join('\n')}\n`));
  expect(definitions(choice)).toEqual([`${sql[0]}\n${sql[1]}`]);
  expect(choice.dropped).toEqual([
    '2 grants are left out, since gone, "Gone; \n""too""" are not there.',
  ]);
});

it('leaves out what only another role may grant', () => {
  const by = (role: string, to: string) =>
    `SET SESSION AUTHORIZATION ${role};\nGRANT SELECT ON TABLE public.t TO ${to};\nRESET SESSION AUTHORIZATION;`;
  const acl = entry('ACL', `${by('"Near"', 'a')}\n${by('far', 'b')}\n`);
  const defaults = entry(
    'DEFAULT ACL',
    'ALTER DEFAULT PRIVILEGES FOR ROLE far GRANT ALL ON TABLES TO a;',
    'far',
  );
  const roles = { app: true, Near: true, far: false, a: false, b: false };
  const choice = chosen(roles, Object.keys(roles), acl, defaults);
  const [kept, ...more] = definitions(choice);
  expect(more).toEqual([]);
  expect(kept).toContain('TO a;');
  expect(kept).not.toContain('TO b;');
  expect(kept).not.toContain('AUTHORIZATION far');
  expect(choice.dropped.join()).toMatch(/2 grants are left out, since only the roles/);
});

it('gives everything to the restoring role where one owner is missing or out of reach', () => {
  const tables = [entry('TABLE', '', 'gone'), entry('TABLE', '', 'far'), entry('TABLE', '', 'app')];
  const choice = chosen({ app: true, far: false }, ['gone', 'far', 'app'], ...tables);
  expect(choice.noOwner).toBe(true);
  expect(choice.dropped).toEqual([
    'Everything will belong to the restoring role: gone is not there, far is not within its reach.',
  ]);
});

it('does not mind who owned the database itself', () => {
  const choice = chosen({ app: true }, ['app'], entry('DATABASE', '', 'cloud_admin'));
  expect(choice.noOwner).toBe(false);
});

it('refuses a policy that needs a missing role, with the statement that makes it', () => {
  const policy = entry('POLICY', 'CREATE POLICY p ON public.t TO reader, "Gone" USING (true);');
  expect(() => chosen({ app: true, reader: false }, ['app', 'reader', 'Gone'], policy)).toThrow(
    expect.objectContaining({
      reason: 'refused',
      cure: expect.stringContaining('CREATE ROLE "Gone";'),
    }),
  );
});

it('makes the roles that policies need, where the restoring role may, and keeps what they are granted', () => {
  const policy = entry('POLICY', 'CREATE POLICY p ON public.t TO "Gone" USING (true);');
  const grant = entry('ACL', 'GRANT SELECT ON TABLE public.t TO "Gone";\n');
  const target = { roles: new Map([['app', true]]), makesRoles: true } as unknown as Target;
  const contents = { entries: [policy, grant] } as unknown as Contents;

  expect(choose(contents, target, ['app', 'Gone', 'other'])).toMatchObject({
    rolesToMake: ['Gone'],
    entries: [policy, { definition: 'GRANT SELECT ON TABLE public.t TO "Gone";' }],
    dropped: [],
  });
});
