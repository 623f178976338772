import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, type Clock } from '../ports/clock.js';
import type { DigestRecords } from '../ports/digest-records.js';
import { silentLogger, type Logger } from '../ports/logger.js';
import type { FileSignature } from '../shapes/scan.js';
import { ForeignLogError, LOG_HEADER, logLine, readDigestLog, type DigestLog } from './digest-log.js';
import { fsErrorCode } from './fs-error.js';
import { digestFor, type DigestRow } from './memory-digest-records.js';

/**
 * Opens the digest records of a data folder: `records/digests.ndjson`, one line per digest, only ever appended to.
 *
 * A file that is not ours is set aside by rename and a new one begun. A torn last line is cut off. When more than half
 * of the lines say nothing any more, the file is written anew and the former one stays as `.bak`.
 */
export async function openDigestRecords(
  dataDir: string,
  logger: Logger = silentLogger,
  clock: Clock = systemClock,
): Promise<DigestRecords> {
  const folder = join(dataDir, 'records');
  const file = join(folder, 'digests.ndjson');
  await mkdir(folder, { recursive: true });
  const log = await readOrSetAside(file, clock, logger);
  const superseded = log.lines - log.rows.size;
  if (superseded > log.rows.size) {
    try {
      await compact(file, log.rows);
      return await FileDigestRecords.open(file, log.rows, undefined);
    } catch (error) {
      logger.warn('The digest records could not be compacted.', { file, error });
    }
  }
  return FileDigestRecords.open(file, log.rows, log);
}

async function readOrSetAside(file: string, clock: Clock, logger: Logger): Promise<DigestLog> {
  const none: DigestLog = { rows: new Map(), lines: 0, wholeBytes: 0, bytes: 0 };
  try {
    return await readDigestLog(file);
  } catch (error) {
    if (fsErrorCode(error) === 'ENOENT') return none;
    const aside = `${file}.unreadable-${String(clock.now())}`;
    logger.warn('The digest records cannot be read; they were set aside.', {
      file,
      aside,
      error: error instanceof ForeignLogError ? 'not a file of digest records' : error,
    });
    await rename(file, aside);
    return none;
  }
}

/** Writes the rows to a new file that takes the place of the former one in one step. */
async function compact(file: string, rows: ReadonlyMap<string, DigestRow>): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      let text = LOG_HEADER;
      for (const [path, row] of rows) {
        text += logLine(path, row);
        if (text.length < 256 * 1024) continue;
        await handle.appendFile(text);
        text = '';
      }
      await handle.appendFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await copyFile(file, `${file}.bak`);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

interface Pending {
  readonly line: string;
  resolve(): void;
  reject(error: unknown): void;
}

class FileDigestRecords implements DigestRecords {
  readonly #handle: FileHandle;
  readonly #rows: Map<string, DigestRow>;
  #pending: Pending[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;
  /** Where the last whole line ends: what a failed write left behind it is cut off before the next one. */
  #end: number;

  private constructor(handle: FileHandle, rows: Map<string, DigestRow>, end: number) {
    this.#handle = handle;
    this.#rows = rows;
    this.#end = end;
  }

  /** @param log What is known of the file; undefined right after it was written anew. */
  static async open(
    file: string,
    rows: Map<string, DigestRow>,
    log: DigestLog | undefined,
  ): Promise<FileDigestRecords> {
    const handle = await open(file, 'a');
    try {
      let end = log?.wholeBytes ?? (await handle.stat()).size;
      if (log !== undefined && log.bytes > log.wholeBytes) await handle.truncate(end);
      if (end === 0) {
        await handle.appendFile(LOG_HEADER);
        end = LOG_HEADER.length;
      }
      return new FileDigestRecords(handle, rows, end);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  find(path: string, file: FileSignature): string | undefined {
    return digestFor(this.#rows.get(path), file);
  }

  keep(path: string, { size, mtimeMs, ino }: FileSignature, sha256: string): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('The digest records are closed.'));
    const row = { size, mtimeMs, ino, sha256 };
    this.#rows.set(path, row);
    return new Promise((resolve, reject) => {
      this.#pending.push({ line: logLine(path, row), resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writing;
    try {
      await this.#handle.datasync();
    } finally {
      await this.#handle.close();
    }
  }

  async #writeAll(): Promise<void> {
    // Whatever is kept in the same turn goes to disk in one write.
    await Promise.resolve();
    while (this.#pending.length > 0) {
      const batch = this.#pending;
      this.#pending = [];
      try {
        await this.#append(batch.map((pending) => pending.line).join(''));
        for (const pending of batch) pending.resolve();
      } catch (error) {
        for (const pending of batch) pending.reject(error);
      }
    }
    this.#writing = undefined;
  }

  async #append(text: string): Promise<void> {
    try {
      await this.#handle.appendFile(text);
      this.#end += Buffer.byteLength(text);
    } catch (error) {
      // Half a line on disk would spoil the next one.
      await this.#handle.truncate(this.#end).catch(() => undefined);
      throw error;
    }
  }
}
