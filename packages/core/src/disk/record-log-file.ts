import { open, stat, type FileHandle } from 'node:fs/promises';
import { ModelshelfError } from '../errors.js';
import type { RecordLog } from '../ports/record-log.js';
import { fsErrorCode } from './fs-error.js';
import type { RecordLines } from './record-log-lines.js';
import type { RecordLogContent } from './record-log-reader.js';

interface Pending {
  readonly line: string;
  resolve(): void;
  reject(error: unknown): void;
}

/** A folder that was removed in the meantime was to be forgotten. */
function unlessMissing(error: unknown): void {
  if (fsErrorCode(error) !== 'ENOENT') throw error;
}

/** A log whose file is only ever appended to. */
export class RecordLogFile<T> implements RecordLog<T> {
  readonly #file: string;
  readonly #lines: RecordLines<T>;
  readonly #rows: Map<string, T>;
  /** What this process did: written again when another one put a new file, which may lack it, in the place of ours. */
  readonly #own = new Map<string, T | undefined>();
  #handle: FileHandle;
  #pending: Pending[] = [];
  #writing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  /** The file may end within a line. */
  #torn: boolean;
  /** The file may lack rows of ours. */
  #behind = false;
  /** What a full disk did not take: it goes before what comes next. */
  #unwritten = '';

  private constructor(
    file: string,
    lines: RecordLines<T>,
    handle: FileHandle,
    { rows, wholeBytes, bytes }: RecordLogContent<T>,
  ) {
    this.#file = file;
    this.#lines = lines;
    this.#handle = handle;
    this.#rows = rows;
    this.#torn = wholeBytes > 0 && bytes > wholeBytes;
  }

  static async open<T>(file: string, lines: RecordLines<T>, content: RecordLogContent<T>): Promise<RecordLogFile<T>> {
    const handle = await open(file, 'a');
    try {
      // A header that was torn is completed: everything after it can be read only then.
      if (content.wholeBytes === 0) await handle.appendFile(lines.header.slice(content.bytes));
      return new RecordLogFile(file, lines, handle, content);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): T | undefined {
    return this.#rows.get(key);
  }

  entries(): Iterable<readonly [string, T]> {
    return this.#rows.entries();
  }

  put(key: string, row: T): Promise<void> {
    if (this.#closing === undefined) this.#rows.set(key, row);
    return this.#write(key, row);
  }

  remove(key: string): Promise<void> {
    if (this.#closing === undefined) this.#rows.delete(key);
    return this.#write(key, undefined);
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    await this.#writing;
    try {
      if (this.#own.size > 0) await this.#append('').catch(unlessMissing);
      await this.#handle.datasync();
    } finally {
      await this.#handle.close();
    }
  }

  #write(key: string, row: T | undefined): Promise<void> {
    if (this.#closing !== undefined)
      return Promise.reject(new ModelshelfError('library_closed', 'The records are closed.'));
    this.#own.set(key, row);
    return new Promise((resolve, reject) => {
      this.#pending.push({ line: this.#lines.line(key, row), resolve, reject });
      this.#writing ??= this.#writeAll();
    });
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
    this.#unwritten += lines;
    if (await this.#wasReplaced()) await this.#reopen();
    const missing = this.#behind
      ? Array.from(this.#own, ([key, row]) => this.#lines.line(key, row)).join('')
      : this.#unwritten;
    if (missing === '') return;
    const text = this.#torn ? `\n${missing}` : missing;
    this.#torn = true;
    await this.#handle.appendFile(text);
    this.#torn = false;
    this.#behind = false;
    this.#unwritten = '';
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
      if (size === 0) await handle.appendFile(this.#lines.header);
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
