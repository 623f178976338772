import { open, type FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { IndexChange, IndexScope } from '../../ports/index-store.js';
import { RowWriter } from './row-writer.js';

const NEW_LINE = 0x0a;
const SLICE_ROWS = 250;
const WRITE_BYTES = 1024 * 1024;

/** The file that changes are appended to: a row for one that came, its path alone for one that went. */
export class ChangeLog {
  readonly #file: FileHandle;
  readonly #writer: RowWriter;
  #bytes: number;
  /** The file may end within a line. */
  #torn: boolean;

  private constructor(file: FileHandle, scope: IndexScope, bytes: number, torn: boolean) {
    this.#file = file;
    this.#writer = new RowWriter(scope, { words: false });
    this.#bytes = bytes;
    this.#torn = torn;
  }

  static async open(path: string, header: string, scope: IndexScope): Promise<ChangeLog> {
    const file = await open(path, 'a+');
    try {
      const { size } = await file.stat();
      // A header that was torn is completed.
      if (size < header.length) await file.appendFile(header.slice(size));
      const bytes = Math.max(size, header.length);
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, bytes - 1);
      return new ChangeLog(file, scope, bytes, buffer[0] !== NEW_LINE);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Appends changes in one write, as far as they are not so many that other work must get its turns. */
  async append(changes: readonly IndexChange[]): Promise<void> {
    let text = '';
    for (const { upserts, removals } of changes) {
      for (const path of removals) text += `${JSON.stringify(path)}\n`;
      for (let at = 0; at < upserts.length; at += SLICE_ROWS) {
        if (at > 0) await setImmediate();
        text += this.#writer.lines(upserts.slice(at, at + SLICE_ROWS));
        if (text.length < WRITE_BYTES) continue;
        await this.#write(text);
        text = '';
      }
    }
    if (text !== '') await this.#write(text);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #write(lines: string): Promise<void> {
    const text = this.#torn ? `\n${lines}` : lines;
    this.#torn = true;
    await this.#file.appendFile(text);
    this.#torn = false;
    this.#bytes += Buffer.byteLength(text);
  }
}
