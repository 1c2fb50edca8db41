import { execa } from 'execa';
import type { Guide } from './guide';
import type { Repository } from './repository';
import type { Values } from './values';

/** A token that GitHub takes, and what the repository is called by GitHub. */
export interface Token {
  readonly text: string;
  readonly name: string;
  readonly isStored: boolean;
}

/** What is stored, what the environment has, what gh has, and what is typed; the first that GitHub takes. */
export async function findToken(
  guide: Guide,
  values: Values,
  accept: (token: string) => Promise<Repository | string>,
): Promise<Token> {
  const stored = values.stored('githubToken');
  const candidates = [
    { from: 'the stored token', read: async () => stored, isStored: true },
    { from: 'GITHUB_TOKEN', read: async () => process.env.GITHUB_TOKEN, isStored: false },
    { from: 'gh auth token', read: () => tokenOfGh(guide), isStored: false },
  ];
  for (const { from, read, isStored } of candidates) {
    const text = await read();
    if (!text) continue;
    const found = await accept(text);
    if (typeof found !== 'string') return { text, name: found.name, isStored };
    guide.warn(`${from}: ${found}`);
  }
  return typed(guide, accept);
}

/** It may do all that its owner may: a token of its own is the better one. */
async function tokenOfGh(guide: Guide): Promise<string | undefined> {
  const { stdout, failed } = await execa('gh', ['auth', 'token'], {
    reject: false,
    stdin: 'ignore',
  });
  if (failed || !stdout) return undefined;
  guide.note(
    "gh has a token, which may write to all of your repositories; a token of the stack's own is safer.",
  );
  return !guide.asks || (await guide.agree(GH)) ? stdout.trim() : undefined;
}

async function typed(
  guide: Guide,
  accept: (token: string) => Promise<Repository | string>,
): Promise<Token> {
  for (;;) {
    const text = await guide.secret(TOKEN);
    const found = await accept(text);
    if (typeof found !== 'string') return { text, name: found.name, isStored: false };
    guide.warn(found);
  }
}

const instead =
  'Set GITHUB_TOKEN to a fine-grained token of the repository (docs/github.md says which rights), or leave GitHub out: --no-github.';
const GH = { what: "Store gh's token in the stack", instead };
const TOKEN = { what: 'A token for the repository (github.com/settings/tokens)', instead };
