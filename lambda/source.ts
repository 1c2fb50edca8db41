import type { SourceSetting } from '../contract/settings';
import { type Address, parseAddress } from '../core/postgres/address';
import { withSecret } from './secrets';

/**
 * Works with the database that the setting names.
 * @param work may be called a second time, where a password has changed meanwhile
 */
export function withSource<T>(
  { secret }: SourceSetting,
  work: (address: Address) => Promise<T>,
): Promise<T> {
  return withSecret(secret, async (url) => work(parseAddress(url)));
}
