import type { DigestRecords, KnownDigest } from '../ports/digest-records.js';
import { memoryRecordLog, type RecordLog } from '../ports/record-log.js';
import type { FileSignature } from '../shapes/scan.js';

/** What was computed from a file, with the signature of the file. */
export type DigestRow = FileSignature & KnownDigest;

/** Keeps digests in a log whose keys are paths. */
export function digestRecordsIn(log: RecordLog<DigestRow>): DigestRecords {
  const places = new KnownPlaces(log);
  return {
    find: (path, file) => {
      const row = log.get(path);
      const found = row !== undefined && keyOf(row) === keyOf(file) ? row : places.find(file);
      return found && { sha256: found.sha256, autov3: found.autov3, probe: found.probe };
    },
    keep: (path, { size, mtimeMs, ino }, { sha256, autov3, probe }) => {
      const row = { size, mtimeMs, ino, sha256, autov3, probe };
      places.forget(log.get(path));
      places.add(row);
      return log.put(path, row);
    },
    close: () => log.close(),
  };
}

const keyOf = ({ size, mtimeMs, ino }: FileSignature): string => `${String(ino)}/${String(size)}/${String(mtimeMs)}`;

/** File systems that know no inodes say 0 of every file. */
const isTelling = ({ ino, mtimeMs }: FileSignature): boolean => ino !== 0 && !Number.isInteger(mtimeMs);

/**
 * Digests by inode, size and time: a drive that is mounted elsewhere brings all its files under other paths, and hashing
 * them again would take hours. Only times finer than a millisecond count, because where they are coarser inodes are often
 * made up anew at every mount; two files that differ and have all three in common answer nothing.
 */
class KnownPlaces {
  readonly #log: RecordLog<DigestRow>;
  #rows: Map<string, DigestRow | null> | undefined;

  constructor(log: RecordLog<DigestRow>) {
    this.#log = log;
  }

  find(file: FileSignature): DigestRow | undefined {
    if (!isTelling(file) || this.#log.size === 0) return undefined;
    if (this.#rows === undefined) {
      this.#rows = new Map();
      for (const [, row] of this.#log.entries()) this.add(row);
    }
    return this.#rows.get(keyOf(file)) ?? undefined;
  }

  add(row: DigestRow): void {
    if (this.#rows === undefined || !isTelling(row)) return;
    const key = keyOf(row);
    const known = this.#rows.get(key);
    this.#rows.set(key, known === undefined || known?.sha256 === row.sha256 ? row : null);
  }

  /** A row that another one takes the place of: its file is no longer what it was. */
  forget(row: DigestRow | undefined): void {
    if (row !== undefined) this.#rows?.delete(keyOf(row));
  }
}

/** Digest records that last as long as the process, for a library without a data folder. */
export function memoryDigestRecords(): DigestRecords {
  return digestRecordsIn(memoryRecordLog());
}
