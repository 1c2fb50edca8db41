import { createHash, randomUUID } from 'node:crypto';

/** An object, of which the bytes are kept only where they are few. */
export interface NullObject {
  readonly bytes: number;
  readonly body: Buffer | undefined;
  /** Headers `x-amz-meta-…`, as they were sent. */
  readonly metadata: Record<string, string>;
  readonly etag: string;
  readonly modified: Date;
}

type New = Omit<NullObject, 'etag' | 'modified'>;

/** The condition of a write, as its headers have it. */
export interface Condition {
  readonly 'if-none-match'?: string | undefined;
  readonly 'if-match'?: string | undefined;
}

/** What the null S3 remembers; paths hold the bucket too. */
export class NullObjects {
  readonly #objects = new Map<string, NullObject>();
  readonly #uploads = new Map<string, { metadata: NullObject['metadata']; parts: number[] }>();

  get(path: string): NullObject | undefined {
    return this.#objects.get(path);
  }

  /** Those whose path starts so, in the order of paths. */
  list(start: string): (readonly [string, NullObject])[] {
    const all = [...this.#objects].filter(([path]) => path.startsWith(start));
    return all.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** @returns the new object, or the status that S3 refuses with */
  put(path: string, object: New, condition: Condition): NullObject | number {
    const there = this.#objects.get(path);
    const { 'if-none-match': absent, 'if-match': expected } = condition;
    if (absent === '*' && there) return 412;
    if (expected !== undefined && expected !== there?.etag) return there ? 412 : 404;
    const etag = object.body ? createHash('md5').update(object.body).digest('hex') : randomUUID();
    const stored = { ...object, etag: `"${etag}"`, modified: new Date() };
    this.#objects.set(path, stored);
    return stored;
  }

  /** @returns the upload's id */
  begin(metadata: NullObject['metadata']): string {
    const id = randomUUID();
    this.#uploads.set(id, { metadata, parts: [] });
    return id;
  }

  /** @returns whether there is such an upload */
  addPart(id: string, part: number, bytes: number): boolean {
    const upload = this.#uploads.get(id);
    if (upload) upload.parts[part] = bytes;
    return upload !== undefined;
  }

  /** Makes an object of an upload's parts. @returns as `put`; 404 where there is no such upload */
  complete(path: string, id: string, condition: Condition): NullObject | number {
    const upload = this.#uploads.get(id);
    if (!upload) return 404;
    this.abort(id);
    const bytes = upload.parts.reduce((sum, size) => sum + size, 0);
    return this.put(path, { bytes, body: undefined, metadata: upload.metadata }, condition);
  }

  abort(id: string): void {
    this.#uploads.delete(id);
  }
}
