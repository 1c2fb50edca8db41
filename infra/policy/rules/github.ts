import { aws } from '../resources';
import { onEach, type Rule, unless } from '../rule';
import { holdsSecret } from '../secret-text';

const AUDIENCE = onEach(
  {
    name: 'github-audience',
    asks: "GitHub's identities are taken for AWS alone.",
  },
  [aws('iam', 'OpenIdConnectProvider')],
  ({ url, clientIdLists }) =>
    unless(
      url === 'https://token.actions.githubusercontent.com' &&
        String(clientIdLists) === 'sts.amazonaws.com',
      'takes tokens that are meant for others: set clientIdLists to sts.amazonaws.com.',
    ),
);

const VARIABLES = onEach(
  {
    name: 'github-variables',
    asks: 'No variable of the repository holds a secret: its logs show them.',
    ids: ['unredacted-secrets'],
  },
  ['github:index/actionsVariable:ActionsVariable'],
  ({ value }) => unless(!holdsSecret(value), 'holds a secret: make it an ActionsSecret.'),
);

export const GITHUB_RULES: Rule[] = [AUDIENCE, VARIABLES];
