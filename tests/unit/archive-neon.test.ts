import type { TocEntry } from '../../core/archive/format';
import { withoutNeons } from '../../core/archive/neon';

const entry = (type: string, tag: string, definition: string, owner = 'app'): TocEntry =>
  ({ type, tag, schema: '', owner, definition }) as TocEntry;

const defaults = (role: string, to: string) =>
  `ALTER DEFAULT PRIVILEGES FOR ROLE ${role} IN SCHEMA public GRANT ALL ON TABLES TO ${to} WITH GRANT OPTION;\n`;

it('leaves out what Neon has put there for itself', () => {
  const its = [
    entry('EXTENSION', 'neon', 'CREATE EXTENSION IF NOT EXISTS neon WITH SCHEMA public;'),
    entry('COMMENT', 'EXTENSION neon', "COMMENT ON EXTENSION neon IS 'cloud storage';"),
    entry('DEFAULT ACL', 'TABLES', defaults('cloud_admin', 'neon_superuser'), 'cloud_admin'),
    entry('ACL', 'DATABASE app', 'GRANT ALL ON DATABASE app TO neon_superuser;\n'),
  ];

  expect(withoutNeons(its)).toEqual([]);
});

it('keeps everything else, word for word', () => {
  const ours = [
    entry('EXTENSION', 'neon_utils', 'CREATE EXTENSION neon_utils;'),
    entry('COMMENT', 'TABLE neon', "COMMENT ON TABLE neon IS 'EXTENSION neon';"),
    entry('DEFAULT ACL', 'TABLES', defaults('app', 'neon_superuser')),
    entry('DEFAULT ACL', 'TABLES', defaults('cloud_admin', 'reader'), 'cloud_admin'),
    entry('ACL', 'TABLE t', 'GRANT SELECT ON TABLE public.t TO neon_superuser;\n'),
    entry('TABLE', 't', 'CREATE TABLE public.t ();', 'cloud_admin'),
  ];

  expect(withoutNeons(ours)).toEqual(ours);
});

it("keeps the user's own of the privileges on the database", () => {
  const acl = (...to: string[]) =>
    entry(
      'ACL',
      'DATABASE app',
      to.map((role) => `GRANT ALL ON DATABASE app TO ${role};\n`).join(''),
    );

  expect(withoutNeons([acl('reader', 'neon_superuser', 'writer')])).toEqual([
    acl('reader', 'writer'),
  ]);
});
