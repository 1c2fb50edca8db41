import { IAMClient, ListOpenIDConnectProvidersCommand } from '@aws-sdk/client-iam';
import { answered, clientOptions } from '../stack/aws';
import type { Place } from './account';

/**
 * The ARN of the account's OIDC provider for GitHub; undefined where it has none.
 * @throws BackupError
 */
export async function gitHubProvider({ region }: Place): Promise<string | undefined> {
  const iam = new IAMClient(clientOptions({ region }));
  const asked = iam.send(new ListOpenIDConnectProvidersCommand({}));
  const { OpenIDConnectProviderList = [] } = await answered('list the OIDC providers', asked);
  return OpenIDConnectProviderList.map(({ Arn }) => Arn).find((arn) =>
    arn?.endsWith('/token.actions.githubusercontent.com'),
  );
}
