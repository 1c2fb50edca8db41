import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, type Fault, withoutHeaders } from './http-proxy';

/** The server is never asked; the answer is an error of S3's. */
export function error(status: number, code: string, headers: Record<string, string> = {}): Fault {
  return async ({ body, send }) => {
    await body();
    await send(errorAnswer(status, code, headers));
  };
}

/** The same after the server has done what it was asked. */
export function errorAfter(status: number, code: string): Fault {
  return async ({ forward, send }) => {
    await forward();
    await send(errorAnswer(status, code));
  };
}

/** HTTP 200 that turns out an error, after the blanks that keep a connection open: S3 does so at Complete. */
export function okWithError(code: string): Fault {
  return async ({ body, send }) => {
    await body();
    const answer = errorAnswer(200, code);
    await send({ ...answer, body: Buffer.concat([Buffer.from('\n   \n'), answer.body]) });
  };
}

/** The connection ends before the server hears of it. */
export const drop: Fault = async ({ hangUp }) => hangUp();

/** The server does it, and its answer is lost. */
export const dropAnswer: Fault = async ({ forward, hangUp }) => {
  await forward();
  hangUp();
};

/** The connection stays open, and nothing comes. */
export const silence: Fault = async ({ body }) => void (await body());

/** Passed on once the promise is kept, such as one that the test keeps; a number: after so many ms. */
export function hold(until: Promise<unknown> | number): Fault {
  return async ({ forward, send }) => {
    await (typeof until === 'number' ? delay(until) : until);
    await send(await forward());
  };
}

/** The answer's body ends after so many bytes, and the length said before stays what it was. */
export function truncate(bytes: number): Fault {
  return async ({ forward, send, hangUp }) => {
    const answer = await forward();
    await send(answer, async (write) => {
      await new Promise((written) => write.write(answer.body.subarray(0, bytes), written));
      hangUp();
    });
  };
}

/** So many bytes of the answer's body come, and then nothing more, on an open connection. */
export function stall(bytes: number): Fault {
  return async ({ forward, send }) => {
    const answer = await forward();
    await send(answer, async (write) => void write.write(answer.body.subarray(0, bytes)));
  };
}

/** One bit of the answer's body is another, at this share of it. */
export function corrupt(share: number): Fault {
  return rewrite((body) => flipped(body, share));
}

/** The server gets other bytes than were sent. */
export function corruptRequest(share: number): Fault {
  return async ({ body, forward, send }) => send(await forward(flipped(await body(), share)));
}

/** The answer's body at so many bytes per second. */
export function slow(bytesPerSecond: number): Fault {
  return async ({ forward, send }) => {
    const answer = await forward();
    const step = Math.ceil(bytesPerSecond / 20);
    await send(answer, async (write) => {
      for (let at = 0; at < answer.body.length; at += step) {
        await delay(50);
        write.write(answer.body.subarray(at, at + step));
      }
      write.end();
    });
  };
}

/** The list of parts at Complete lacks one. */
export function dropPart(number: number): Fault {
  const part = new RegExp(
    `<Part>(?:(?!</Part>).)*<PartNumber>${number}</PartNumber>.*?</Part>`,
    's',
  );
  return async ({ body, forward, send }) =>
    send(await forward(Buffer.from((await body()).toString().replace(part, ''))));
}

/** The answer's body is another; its length is said as it is. */
export function rewrite(change: (body: Buffer) => Buffer): Fault {
  return async ({ forward, send }) => {
    const answer = await forward();
    await send(withBody(answer, change(answer.body)));
  };
}

/** Lists don't show the keys that fit. */
export function hide(keys: RegExp): Fault {
  const item = /<Contents>.*?<Key>(.*?)<\/Key>.*?<\/Contents>/gs;
  const shown = (whole: string, key: string) => (keys.test(key) ? '' : whole);
  return rewrite((body) => Buffer.from(body.toString().replace(item, shown)));
}

function flipped(bytes: Buffer, share: number): Buffer {
  const changed = Buffer.from(bytes);
  const at = Math.floor((changed.length - 1) * share);
  changed[at] = (changed[at] ?? 0) ^ 0x10;
  return changed;
}

function errorAnswer(status: number, code: string, headers: Record<string, string> = {}): Answer {
  const words = `<Code>${code}</Code><Message>The proxy says ${code}.</Message>`;
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<Error>${words}</Error>`);
  return { status, rawHeaders: ['Content-Type', 'application/xml', ...flat(headers)], body };
}

function flat(headers: Record<string, string>): string[] {
  return Object.entries(headers).flat();
}

function withBody({ status, rawHeaders }: Answer, body: Buffer): Answer {
  const others = withoutHeaders(rawHeaders, /^(content-length|transfer-encoding)$/i);
  return { status, rawHeaders: [...others, 'Content-Length', `${body.length}`], body };
}
