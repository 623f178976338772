import type { DigestRecords, KnownDigest } from '../ports/digest-records.js';
import { memoryRecordLog, type RecordLog } from '../ports/record-log.js';
import type { FileSignature } from '../shapes/scan.js';

/** What was computed from a file, with the signature of the file. */
export type DigestRow = FileSignature & KnownDigest;

/** Keeps digests in a log whose keys are paths. */
export function digestRecordsIn(log: RecordLog<DigestRow>): DigestRecords {
  return {
    find: (path, { size, mtimeMs, ino }) => {
      const row = log.get(path);
      if (row?.size !== size || row.mtimeMs !== mtimeMs || row.ino !== ino) return undefined;
      return { sha256: row.sha256, autov3: row.autov3, probe: row.probe };
    },
    keep: (path, { size, mtimeMs, ino }, { sha256, autov3, probe }) =>
      log.put(path, { size, mtimeMs, ino, sha256, autov3, probe }),
    close: () => log.close(),
  };
}

/** Digest records that last as long as the process, for a library without a data folder. */
export function memoryDigestRecords(): DigestRecords {
  return digestRecordsIn(memoryRecordLog());
}
