/** Reads an XML property list of dicts, arrays, strings and integers; anything else is an error. */
export function parsePlist(xml: string): unknown {
  const body = /<plist version="1\.0">\s*(.*?)\s*<\/plist>\s*$/s.exec(xml)?.[1] ?? '';
  const tokens = [...body.matchAll(/<(\/?\w+)>([^<]*)/g)].map(([, tag = '', text = '']) => ({
    tag,
    text,
  }));
  if (tokens.map(({ tag, text }) => `<${tag}>${text}`).join('') !== body)
    throw new Error('not a plist');
  return readValue(tokens);
}

type Token = { tag: string; text: string };

function readValue(tokens: Token[]): unknown {
  const { tag, text } = next(tokens);
  if (tag === 'dict')
    return Object.fromEntries(readAll(tokens, tag, () => [readText(tokens), readValue(tokens)]));
  if (tag === 'array') return readAll(tokens, tag, () => readValue(tokens));
  expectTag(tokens, `/${tag}`);
  if (tag === 'integer') return Number(text);
  if (tag === 'string') return decode(text);
  throw new Error(`unknown: ${tag}`);
}

function readText(tokens: Token[]): string {
  const { text } = expectTag(tokens, 'key');
  expectTag(tokens, '/key');
  return decode(text);
}

function readAll<T>(tokens: Token[], tag: string, read: () => T): T[] {
  const all: T[] = [];
  while (tokens[0]?.tag !== `/${tag}`) all.push(read());
  next(tokens);
  return all;
}

function expectTag(tokens: Token[], tag: string): Token {
  const token = next(tokens);
  if (token.tag !== tag) throw new Error(`expected ${tag}, got ${token.tag}`);
  return token;
}

function next(tokens: Token[]): Token {
  const token = tokens.shift();
  if (!token) throw new Error('it ends too early');
  return token;
}

/** An ampersand that begins no known entity is an error. */
function decode(text: string): string {
  const known: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };
  return text.replace(/&\w*;?/g, (entity) => {
    const character = known[entity];
    if (character === undefined) throw new Error(`unknown: ${entity}`);
    return character;
  });
}
