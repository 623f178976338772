import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
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
 * A file that is not ours is set aside by rename and a new one begun. When more than half of the lines say nothing any
 * more, the file is written anew and the former one stays as `.bak`. Several processes may have the same file open: none
 * loses what it kept, each learns of the others' rows when it opens the file the next time.
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
  if (superseded <= log.rows.size) return FileDigestRecords.open(file, log);
  try {
    await compact(file);
    return await FileDigestRecords.open(file, await readDigestLog(file));
  } catch (error) {
    logger.warn('The digest records could not be compacted.', { file, error });
    return FileDigestRecords.open(file, log);
  }
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

/** Writes the rows of a file to a new one that takes its place in one step. */
async function compact(file: string): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await copyFile(file, `${file}.bak`);
    // Read as late as possible: another process may have appended in the meantime.
    const { rows } = await readDigestLog(file);
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
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A folder that was removed in the meantime was to be forgotten. */
function unlessMissing(error: unknown): void {
  if (fsErrorCode(error) !== 'ENOENT') throw error;
}

interface Pending {
  readonly line: string;
  resolve(): void;
  reject(error: unknown): void;
}

class FileDigestRecords implements DigestRecords {
  readonly #file: string;
  #handle: FileHandle;
  readonly #rows: Map<string, DigestRow>;
  /** What this process kept: written again when another one put a new file, which may lack it, in the place of ours. */
  readonly #own = new Map<string, DigestRow>();
  #pending: Pending[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;
  /** The file may end within a line. */
  #torn: boolean;
  /** The file may lack rows of ours. */
  #behind = false;

  private constructor(file: string, handle: FileHandle, rows: Map<string, DigestRow>, torn: boolean) {
    this.#file = file;
    this.#handle = handle;
    this.#rows = rows;
    this.#torn = torn;
  }

  static async open(file: string, log: DigestLog): Promise<FileDigestRecords> {
    const handle = await open(file, 'a');
    try {
      // A header that was torn is completed: everything after it can be read only then.
      const { wholeBytes, bytes, rows } = log;
      if (wholeBytes === 0) await handle.appendFile(LOG_HEADER.slice(bytes));
      return new FileDigestRecords(file, handle, rows, wholeBytes > 0 && bytes > wholeBytes);
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
    this.#own.set(path, row);
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
      if (this.#own.size > 0) await this.#append('').catch(unlessMissing);
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

  /** Nothing is ever cut off, because it may be another process's: half a line is ended, and stepped over by readers. */
  async #append(lines: string): Promise<void> {
    if (await this.#wasReplaced()) await this.#reopen();
    const missing = this.#behind ? Array.from(this.#own, ([path, row]) => logLine(path, row)).join('') : lines;
    if (missing === '') return;
    const text = this.#torn ? `\n${missing}` : missing;
    this.#torn = true;
    await this.#handle.appendFile(text);
    this.#torn = false;
    this.#behind = false;
  }

  /** Tells whether the path leads to another file than the open one: another process wrote it anew. */
  async #wasReplaced(): Promise<boolean> {
    const [ours, named] = await Promise.all([
      this.#handle.stat({ bigint: true }),
      stat(this.#file, { bigint: true }).catch(() => undefined),
    ]);
    return named?.ino !== ours.ino;
  }

  async #reopen(): Promise<void> {
    const handle = await open(this.#file, 'a');
    try {
      const { size } = await handle.stat();
      if (size === 0) await handle.appendFile(LOG_HEADER);
    } catch (error) {
      await handle.close();
      throw error;
    }
    const former = this.#handle;
    this.#handle = handle;
    this.#behind = true;
    this.#torn = false;
    await former.close();
  }
}
