import type { EmbeddedServer } from '../../core/postgres/server';
import type { Account } from '../support/aws-account';
import type { Deployment } from './deployment';
import type { Fleet } from './fleet';

/** What all chapters of the test share; each part is there once the chapters before have run. */
export interface World {
  account(): Account;
  deployment(): Deployment;
  /** The server of the database that is backed up. */
  source(): EmbeddedServer;
  /** Where drills restore to, and people when the source is gone. */
  other(): EmbeddedServer;
  fleet(): Fleet;
  /** The rows of the source. */
  rows(): unknown;
}
