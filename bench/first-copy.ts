import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/** A way to a PostgreSQL server, without TLS, on which the rows that come along are noticed. */
export interface Way {
  readonly port: number;
  /** `performance.now()` when a connection was sent its first CopyData message, one each. */
  readonly copies: readonly number[];
  close(): void;
}

/** @param port the server's, on 127.0.0.1 */
export async function startWay(port: number): Promise<Way> {
  const copies: number[] = [];
  // Small packets must not wait for more: PostgreSQL's own connections don't.
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true });
    upstream.on(
      'data',
      atFirstCopyData(() => copies.push(performance.now())),
    );
    upstream.once('error', () => client.destroy());
    client.once('error', () => upstream.destroy());
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return { port: address.port, copies, close: () => void server.close() };
}

const COPY_DATA = 'd'.charCodeAt(0);

/** Reads what a server sends: each message is a letter, then its length, which counts itself too. */
function atFirstCopyData(found: () => void): (bytes: Buffer) => void {
  let pending: Buffer | undefined = Buffer.alloc(0);
  return (bytes) => {
    pending = pending && Buffer.concat([pending, bytes]);
    while (pending && pending.length >= 5) {
      if (pending[0] === COPY_DATA) {
        pending = undefined;
        return found();
      }
      const end = 1 + pending.readUInt32BE(1);
      if (pending.length < end) return;
      pending = pending.subarray(end);
    }
  };
}
