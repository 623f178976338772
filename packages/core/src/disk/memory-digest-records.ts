import type { DigestRecords } from '../ports/digest-records.js';
import type { FileSignature } from '../shapes/scan.js';

/** One digest with the signature of the file that it was computed from. */
export interface DigestRow {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ino: number;
  readonly sha256: string;
}

/** The digest of a row, if the file is still the one that it was computed from. */
export function digestFor(row: DigestRow | undefined, file: FileSignature): string | undefined {
  const same = row?.size === file.size && row.mtimeMs === file.mtimeMs && row.ino === file.ino;
  return same ? row.sha256 : undefined;
}

/** Digest records that last as long as the process, for a library without a data folder. */
export function memoryDigestRecords(): DigestRecords {
  const rows = new Map<string, DigestRow>();
  return {
    find: (path, file) => digestFor(rows.get(path), file),
    keep: async (path, { size, mtimeMs, ino }, sha256) => {
      rows.set(path, { size, mtimeMs, ino, sha256 });
    },
    close: async () => undefined,
  };
}
