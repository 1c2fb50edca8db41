import type { BackupAddress, Kind } from '../../contract/keys';
import type { Manifest, Note } from '../manifest';
import type { Address } from '../postgres/address';
import type { Session } from '../postgres/session';
import type { ClientTools } from '../postgres/tools';
import type { Store } from '../stores/store';
import type { DumpProgress } from './archive-stream';
import type { Inventory } from './inventory';
import type { Acceptances } from './preflight';
import type { Snapshot } from './snapshot';
import type { Watchdog } from './watchdog';

/** A database to back up, and where Neon has it from, if it is one of Neon's. */
export interface Source extends Address {
  readonly neon?: Manifest['source']['neon'];
}

export interface TakeOptions {
  readonly source: Source;
  readonly store: Store;
  readonly kind: Kind;
  /** What the store calls this database. @default its name on the server */
  readonly database?: string | undefined;
  /** Also keep the dump as compressed plain SQL. @default false */
  readonly plain?: boolean | undefined;
  /** How long to wait for a table's lock, in ms, three times over. @default 30,000 */
  readonly lockTimeoutMs?: number | undefined;
  /** A run that moves no byte for so long, in ms, is ended. @default 300,000 */
  readonly stallTimeoutMs?: number | undefined;
  readonly accept?: Acceptances | undefined;
  /** Asked last, just before the manifest makes the backup visible: what it throws ends the run. */
  readonly confirm?: (() => Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TakeProgress) => void) | undefined;
  /** @default the clock of this machine */
  readonly now?: (() => Date) | undefined;
  /** @default those of this machine */
  readonly toolsFor?: ((serverMajor: number) => Promise<ClientTools>) | undefined;
}

export type TakeProgress =
  | { readonly step: 'preflight' | 'note'; readonly message: string }
  | ({ readonly step: 'dump' } & DumpProgress)
  | { readonly step: 'count'; readonly done: number; readonly tables: number };

/** A run, with what ends it. */
export type Watched = TakeOptions & Pick<Prepared, 'signal' | 'watchdog'>;

/** One run, once the source is known. */
export interface Prepared extends TakeOptions {
  readonly session: Session;
  readonly inventory: Inventory;
  readonly notes: readonly Note[];
  readonly tools: ClientTools;
  readonly address: BackupAddress;
  /** The backup's folder in the store. */
  readonly prefix: string;
  readonly startedAt: Date;
  /** Aborted when the run is cancelled or hangs. */
  readonly signal: AbortSignal;
  readonly watchdog: Watchdog;
  readonly lockTimeoutMs: number;
  readonly stallTimeoutMs: number;
}

/** The same with its snapshot open. */
export interface Job extends Prepared {
  readonly snapshot: Snapshot;
}
