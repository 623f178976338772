import { open, type FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';

const NEW_LINE = 0x0a;
const COMMA = 0x2c;
const CHUNK = 1024 * 1024;
/** A line is longer than this only in a file that is not ours. */
const LONGEST_LINE = 64 * CHUNK;
/** So many rows take a few milliseconds to parse and to enter. */
const BATCH_LINES = 250;
const BATCH_BYTES = 256 * 1024;

/** Values of some lines; `undefined` for a line that is no JSON. */
export type LineBatch = readonly unknown[];

/**
 * Reads a file of JSON lines in large pieces and hands out the values in batches. Lines are parsed as one array a batch,
 * which takes half the time of parsing each alone.
 */
export class JsonLines {
  readonly #file: FileHandle;
  #buffer = Buffer.allocUnsafe(CHUNK);
  #start = 0;
  #end = 0;
  #ended = false;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<JsonLines> {
    return new JsonLines(await open(path, 'r'));
  }

  /** True when the file ends within a line; known after the last batch. */
  get torn(): boolean {
    return this.#ended && this.#end > this.#start;
  }

  /** The value of the next line alone; undefined for one that is no JSON and at the end. */
  async first(longest: number): Promise<unknown> {
    while (this.#buffer.subarray(this.#start, this.#end).indexOf(NEW_LINE) === -1) {
      if (this.#end - this.#start > longest || !(await this.#readMore())) return undefined;
    }
    const end = this.#buffer.indexOf(NEW_LINE, this.#start);
    const [value] = parseEach(this.#buffer, this.#start, [end]);
    this.#start = end + 1;
    return value;
  }

  /** The other values, a batch per turn of the event loop. */
  async *batches(): AsyncGenerator<LineBatch> {
    for (;;) {
      const ends = this.#lineEnds();
      const last = ends.at(-1);
      if (last === undefined) {
        if (this.#end - this.#start > LONGEST_LINE || !(await this.#readMore())) return;
        continue;
      }
      const values = parseTogether(this.#buffer, this.#start, ends) ?? parseEach(this.#buffer, this.#start, ends);
      this.#start = last + 1;
      yield values;
      await setImmediate();
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #lineEnds(): number[] {
    const ends: number[] = [];
    const filled = this.#buffer.subarray(0, this.#end);
    let from = this.#start;
    while (ends.length < BATCH_LINES && from - this.#start < BATCH_BYTES) {
      const end = filled.indexOf(NEW_LINE, from);
      if (end === -1) break;
      ends.push(end);
      from = end + 1;
    }
    return ends;
  }

  /** False at the end of the file. */
  async #readMore(): Promise<boolean> {
    const rest = this.#end - this.#start;
    const former = this.#buffer;
    if (rest > former.length / 2) this.#buffer = Buffer.allocUnsafe(former.length * 2);
    former.copy(this.#buffer, 0, this.#start, this.#end);
    this.#start = 0;
    this.#end = rest;
    const { bytesRead } = await this.#file.read(this.#buffer, rest, this.#buffer.length - rest, null);
    this.#end += bytesRead;
    this.#ended = bytesRead === 0;
    return bytesRead > 0;
  }
}

/** Undefined unless every line is one JSON value. */
function parseTogether(buffer: Buffer, start: number, ends: readonly number[]): LineBatch | undefined {
  for (const end of ends) buffer[end] = COMMA;
  try {
    const values: unknown = JSON.parse(`[${buffer.toString('utf8', start, ends.at(-1))}]`);
    // A broken line that holds several values, or only half of one, changes the number of them.
    return Array.isArray(values) && values.length === ends.length ? values : undefined;
  } catch {
    return undefined;
  }
}

function parseEach(buffer: Buffer, start: number, ends: readonly number[]): LineBatch {
  let from = start;
  return ends.map((end) => {
    const text = buffer.toString('utf8', from, end);
    from = end + 1;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return undefined;
    }
  });
}
