import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A wire to a server that can be cut, blocked, or laid late. */
export interface FaultProxy {
  readonly port: number;
  /** How many connections were asked for. */
  readonly connections: number;
  /** The URL of the server behind, by way of this proxy. */
  url(of: string): string;
  /** Hangs up on the next connections, so many. */
  refuse(connections: number): void;
  /** From now on takes and gives no byte, and says nothing. */
  freeze(): void;
  /** The same once so many pieces have come from the server. */
  freezeAfter(pieces: number): void;
  close(): Promise<void>;
}

/** @param target the port of the server behind; undefined: nobody is there, and nobody ever answers */
export async function startProxy(target: number | undefined): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const state = { refused: 0, connections: 0, frozen: false, pieces: Number.POSITIVE_INFINITY };
  const freeze = (): void => {
    state.frozen = true;
    for (const socket of sockets) socket.unpipe().pause();
  };
  const onPiece = (): void => {
    state.pieces -= 1;
    if (state.pieces === 0) freeze();
  };
  const server = createServer((socket) => {
    state.connections++;
    keep(sockets, socket);
    if (state.refused > 0) {
      state.refused--;
      socket.destroy();
    } else if (target !== undefined && !state.frozen) join(sockets, socket, target, onPiece);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    get connections() {
      return state.connections;
    },
    url: (of) => Object.assign(new URL(of), { port: `${port}` }).href,
    refuse: (connections) => {
      state.refused = connections;
    },
    freeze,
    freezeAfter: (pieces) => {
      state.pieces = pieces;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function join(sockets: Set<Socket>, client: Socket, target: number, onPiece: () => void): void {
  const behind = keep(sockets, connect(target, '127.0.0.1'));
  client.pipe(behind).pipe(client);
  behind.on('data', onPiece);
  client.once('close', () => behind.destroy());
  behind.once('close', () => client.destroy());
}

function keep(sockets: Set<Socket>, socket: Socket): Socket {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  // One end is often gone before the other has heard of it: that is what a proxy is for here.
  return socket.on('error', () => undefined);
}
