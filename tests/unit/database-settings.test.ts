import { statements } from '../../core/restore/database-settings';

describe('statements', () => {
  it('names the database that is there now', () => {
    const definition = `ALTER DATABASE app SET "TimeZone" TO 'Asia/Kathmandu';\nALTER DATABASE app SET search_path TO 'public', 'app';\n\n\n`;

    expect(statements(definition, 'app', 'app_restored')).toEqual([
      `ALTER DATABASE app_restored SET "TimeZone" TO 'Asia/Kathmandu';`,
      `ALTER DATABASE app_restored SET search_path TO 'public', 'app';`,
    ]);
  });

  it('names it in the settings of a role, and quotes odd names', () => {
    const definition = `ALTER ROLE "odd role" IN DATABASE "My ""db""" SET work_mem TO '8MB';\n`;

    expect(statements(definition, 'My "db"', 'select "x"')).toEqual([
      `ALTER ROLE "odd role" IN DATABASE "select ""x""" SET work_mem TO '8MB';`,
    ]);
  });

  it('keeps a name that pg_dump quotes though it need not be', () => {
    expect(statements('ALTER DATABASE "user" CONNECTION LIMIT 5;\n', 'user', 'app')).toEqual([
      'ALTER DATABASE app CONNECTION LIMIT 5;',
    ]);
  });

  it('names it in grants', () => {
    const definition = `REVOKE CONNECT,TEMPORARY ON DATABASE app FROM PUBLIC;\nGRANT CONNECT ON DATABASE app TO app;\n`;

    expect(statements(definition, 'app', 'b')).toEqual([
      'REVOKE CONNECT,TEMPORARY ON DATABASE b FROM PUBLIC;',
      'GRANT CONNECT ON DATABASE b TO app;',
    ]);
  });

  it('leaves the value alone, whatever it says', () => {
    const definition = `ALTER DATABASE app SET my.text TO 'line one\nDATABASE app ';\n`;

    expect(statements(definition, 'app', 'b')).toEqual([
      `ALTER DATABASE b SET my.text TO 'line one\nDATABASE app ';`,
    ]);
  });
});
