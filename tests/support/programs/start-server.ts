import { startEmbeddedServer } from '../../../core/postgres/server';

// Starts a server in the directory of its argument, says where it is, and never stops it.
startEmbeddedServer({ directory: process.argv[2] }).then(
  (server) => process.stdout.write(JSON.stringify({ ...server, url: server.url() })),
  (error) => {
    throw error;
  },
);
setInterval(() => undefined, 60_000);
