import { createReadStream } from 'node:fs';
import type { RecordLines } from './record-log-lines.js';

/** What the file of a log holds. */
export interface RecordLogContent<T> {
  readonly rows: Map<string, T>;
  /** Lines after the header, those that say nothing included. */
  readonly lines: number;
  /** Bytes up to the end of the last whole line: what follows was torn off while it was written. */
  readonly wholeBytes: number;
  readonly bytes: number;
}

/** The file is no log of this format and version. */
export class ForeignLogError extends Error {}

const NEW_LINE = 0x0a;

/**
 * Reads a log in pieces, so that the event loop gets its turns. A line that is no row is stepped over, an unfinished
 * last line is left out.
 *
 * Rejects with `ForeignLogError` when the first line is not the header, and with the file system's errors.
 */
export async function readRecordLog<T>(file: string, format: RecordLines<T>): Promise<RecordLogContent<T>> {
  const rows = new Map<string, T>();
  let lines = -1;
  let bytes = 0;
  let rest: Buffer = Buffer.alloc(0);
  const chunks: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: 128 * 1024 });
  for await (const chunk of chunks) {
    bytes += chunk.length;
    const piece = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = piece.indexOf(NEW_LINE); end !== -1; end = piece.indexOf(NEW_LINE, start)) {
      const line = piece.subarray(start, end);
      if (lines >= 0) enter(rows, format.read(line));
      else if (!format.isHeader(line)) throw new ForeignLogError();
      lines += 1;
      start = end + 1;
    }
    rest = piece.subarray(start);
    // A first line without end is no header of ours, and must not be gathered in memory.
    if (lines === -1 && rest.length > format.header.length) throw new ForeignLogError();
  }
  if (lines === -1 && !format.header.startsWith(rest.toString('utf8'))) throw new ForeignLogError();
  return { rows, lines: Math.max(0, lines), wholeBytes: bytes - rest.length, bytes };
}

function enter<T>(rows: Map<string, T>, line: readonly [string, T | undefined] | undefined): void {
  if (line === undefined) return;
  const [key, row] = line;
  if (row === undefined) rows.delete(key);
  else rows.set(key, row);
}
