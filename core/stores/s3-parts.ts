import type { S3Client } from '@aws-sdk/client-s3';
import { release } from '../release';

/** What of a request of the SDK matters here. */
interface PartRequest {
  readonly query?: Record<string, unknown>;
  readonly headers: Record<string, string>;
}

/** What of the input of a command matters here: only parts of an upload have a number. */
interface PartInput {
  readonly PartNumber?: number;
  readonly Body?: unknown;
}

/** Makes uploads cheaper: a part is hashed once, and its memory freed when S3 has it. */
export function economize(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      unsign(args.request as PartRequest);
      return next(args);
    },
    { step: 'build', name: 'hashPartsOnce' },
  );
  client.middlewareStack.add(
    (next) => async (args) => {
      const output = await next(args);
      const { PartNumber, Body } = args.input as PartInput;
      if (PartNumber !== undefined && Body instanceof Uint8Array) release(Body);
      return output;
    },
    // The outermost: a part that is tried again still has its bytes.
    { step: 'initialize', priority: 'high', name: 'releaseParts' },
  );
}

/**
 * A part carries its checksum in a header, which is signed. The SDK would hash the part once more, by
 * SHA-256, for the signature alone: that costs as much as our own hash of the whole file.
 */
function unsign({ query, headers }: PartRequest): void {
  if (query?.partNumber !== undefined) headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
}
