import { Readable } from 'node:stream';
import { FILES } from '../../../contract/keys';
import type { Store } from '../../../core/stores/store';

/** The same store with another `put`. */
export function withPut(store: Store, put: Store['put']): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'put') return put;
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** A store that holds the archive up in the middle, so that a fault meets the dump there. */
export interface Gate {
  readonly store: Store;
  /** Resolves when so many bytes have gone through; rejects when the archive has fewer. */
  readonly reached: Promise<void>;
  open(): void;
}

export function gated(store: Store, atBytes: number): Gate {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  async function* pass(body: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    let bytes = 0;
    for await (const piece of body) {
      bytes += piece.length;
      yield piece;
      if (bytes < atBytes) continue;
      reached.resolve();
      await opened.promise;
    }
    reached.reject(new Error(`The archive has ${bytes} bytes, and the gate is at ${atBytes}.`));
  }
  const put: Store['put'] = (key, body, options) => {
    const isArchive = key.endsWith(`/${FILES.archive}`) && !Buffer.isBuffer(body);
    return store.put(key, isArchive ? Readable.from(pass(body)) : body, options);
  };
  return { store: withPut(store, put), reached: reached.promise, open: opened.resolve };
}
