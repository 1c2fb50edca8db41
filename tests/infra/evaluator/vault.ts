import { mkdirSync, readdirSync, statSync, truncateSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BackupAddress,
  backupPrefix,
  FILES,
  type Kind,
  newBackupId,
} from '../../../contract/keys';
import { toJson } from '../../../core/json';
import { moveLatest } from '../../../core/latest';
import { parseManifest, parseVerification, type Verification } from '../../../core/manifest';
import { FolderStore } from '../../../core/stores/folder';
import { watchedSince } from '../../../core/watch/since';
import { putStored, type Stored } from '../../support/stored';

const DATABASE = 'circuitiq';

/** A deployment's vault: a folder, in which everything carries the time at which it is said to happen. */
export class Vault {
  readonly #store: FolderStore;

  /** @param path of the folder; made where it is missing */
  constructor(path: string) {
    mkdirSync(path, { recursive: true });
    this.#store = new FolderStore(path);
  }

  /** It has been watched since then already, in ms. */
  watchedSince(time: number): Promise<Date> {
    return watchedSince(this.#store, new Date(time));
  }

  /**
   * Puts a backup into the vault, without a word.
   * @param now in ms
   * @returns its folder
   */
  async store(kind: Kind, now: number, stored: Partial<Stored> = {}): Promise<string> {
    const id = newBackupId(new Date(now));
    const address = await putStored(this.#store, { id, kind, database: DATABASE, ...stored });
    const folder = backupPrefix(address);
    this.#date(folder, now);
    if (stored.state === 'VERIFIED') await this.#show(address);
    return folder;
  }

  /** The verdict says from now on that the backup was restored, in ms. */
  async drilled(folder: string, now: number): Promise<void> {
    const { bytes, version } = await this.#store.readSmall(folder + FILES.verification);
    const at = new Date(now).toISOString();
    const drill = { scratch: 'a server', restoreSeconds: 60, compareSeconds: 9, at, limits: [] };
    const verification: Verification = { ...parseVerification(bytes), proof: 'restored', drill };
    await this.#store.swap(folder + FILES.verification, toJson(verification), version);
    this.#date(folder, now);
  }

  /** The archive takes so many bytes from now on, most of them holes. */
  grow(folder: string, bytes: number): void {
    this.#truncate(folder + FILES.archive, bytes);
  }

  /** The manifest of a backup can't be read any more. */
  spoil(folder: string): void {
    this.#truncate(folder + FILES.manifest, 10);
  }

  /** What a folder holds was written then. */
  #date(folder: string, now: number): void {
    const path = this.#store.localPath(folder);
    const time = new Date(now);
    for (const file of readdirSync(path)) utimesSync(join(path, file), time, time);
  }

  /** The pointer of the kind moves, as with each VERIFIED backup. */
  async #show(address: BackupAddress): Promise<void> {
    const prefix = backupPrefix(address);
    const manifest = parseManifest((await this.#store.readSmall(prefix + FILES.manifest)).bytes);
    const { bytes } = await this.#store.readSmall(prefix + FILES.verification);
    const verification = parseVerification(bytes);
    await moveLatest(this.#store, { address, manifest, verification }, verification);
  }

  /** A fault of a disk leaves the times of files alone. */
  #truncate(key: string, bytes: number): void {
    const path = this.#store.localPath(key);
    const { atime, mtime } = statSync(path);
    truncateSync(path, bytes);
    utimesSync(path, atime, mtime);
  }
}
