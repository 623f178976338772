import type { FileSignature } from '../shapes/scan.js';

/** What was computed from the bytes of a model file. */
export interface KnownDigest {
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  /** SHA-256 of what follows the safetensors header, first 12 hex digits; absent: not computed. */
  readonly autov3?: string | undefined;
  /** Digest of the first and the last 64 KiB: tells one file from another without reading all of it. */
  readonly probe?: string | undefined;
}

/**
 * What was computed from a model file's bytes, kept as a record: never discarded with a cache.
 *
 * Invariant: a digest is answered only for a file whose size, mtime and inode are those it was computed from; under another
 * path only where these three are of one digest.
 */
export interface DigestRecords {
  find(path: string, file: FileSignature): KnownDigest | undefined;
  /** Resolves when the record is on its way to disk; a failed write rejects. */
  keep(path: string, file: FileSignature, digest: KnownDigest): Promise<void>;
  close(): Promise<void>;
}
