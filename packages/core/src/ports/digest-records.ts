import type { FileSignature } from '../shapes/scan.js';

/**
 * What was computed from a model file's bytes, kept as a record: never discarded with a cache.
 *
 * Invariant: a digest is answered only for a file whose path, size, mtime and inode are those it was computed from.
 */
export interface DigestRecords {
  find(path: string, file: FileSignature): string | undefined;
  /** Resolves when the record is on its way to disk; a failed write rejects. */
  keep(path: string, file: FileSignature, sha256: string): Promise<void>;
  close(): Promise<void>;
}
