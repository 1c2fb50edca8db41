import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Certificate } from '../certificate';

/** Somebody who answers in a server's place, asks for the password in clear, and listens. */
export interface Impostor {
  readonly port: number;
  /** All that was said after the question for TLS. */
  heard(): string;
  close(): Promise<void>;
}

const SSL_REQUEST_BYTES = 8;
/** AuthenticationCleartextPassword */
const ASK_PASSWORD = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);

/** @param certificate what it shows; undefined: it says that it knows no TLS */
export async function startImpostor(certificate?: Certificate): Promise<Impostor> {
  let heard = '';
  const sockets = new Set<Socket>();
  const listen = (socket: Socket): void => {
    socket
      .on('error', () => undefined)
      .on('data', (bytes) => {
        heard += bytes.toString('latin1');
        socket.write(ASK_PASSWORD);
      });
  };
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.once('readable', () => {
      socket.read(SSL_REQUEST_BYTES);
      socket.write(certificate ? 'S' : 'N');
      listen(certificate ? secure(socket, certificate) : socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    heard: () => heard,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function secure(socket: Socket, { certificate, key }: Certificate): Socket {
  return new TLSSocket(socket, { isServer: true, cert: certificate, key });
}
