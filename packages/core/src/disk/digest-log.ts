import { createReadStream } from 'node:fs';
import { z } from 'zod';
import type { DigestRow } from './memory-digest-records.js';

const headerSchema = z.object({ format: z.literal('modelshelf-digests'), version: z.literal(1) });

const rowSchema = z.object({
  path: z.string(),
  size: z.number(),
  mtimeMs: z.number(),
  ino: z.number(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** The first line of a log. */
export const LOG_HEADER = `${JSON.stringify({ format: 'modelshelf-digests', version: 1 })}\n`;

/** One line of a log. */
export function logLine(path: string, { size, mtimeMs, ino, sha256 }: DigestRow): string {
  return `${JSON.stringify({ path, size, mtimeMs, ino, sha256 })}\n`;
}

/** What a log holds. */
export interface DigestLog {
  readonly rows: Map<string, DigestRow>;
  /** Lines after the header, those that say nothing included. */
  readonly lines: number;
  /** Bytes up to the end of the last whole line: what follows was torn off while it was written. */
  readonly wholeBytes: number;
  readonly bytes: number;
}

/** The file is no log of this version. */
export class ForeignLogError extends Error {}

const NEW_LINE = 0x0a;

function parseLine(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Reads a log in pieces, so that the event loop gets its turns. A line that is no row is stepped over, an unfinished
 * last line is left out.
 *
 * Rejects with `ForeignLogError` when the first line is not our header, and with the file system's errors.
 */
export async function readDigestLog(file: string): Promise<DigestLog> {
  const rows = new Map<string, DigestRow>();
  let lines = -1;
  let bytes = 0;
  let rest: Buffer = Buffer.alloc(0);
  const chunks: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: 128 * 1024 });
  for await (const chunk of chunks) {
    bytes += chunk.length;
    const piece = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = piece.indexOf(NEW_LINE); end !== -1; end = piece.indexOf(NEW_LINE, start)) {
      readLine(piece.subarray(start, end), lines, rows);
      lines += 1;
      start = end + 1;
    }
    rest = piece.subarray(start);
    // A first line without end is no header of ours, and must not be gathered in memory.
    if (lines === -1 && rest.length > LOG_HEADER.length) throw new ForeignLogError();
  }
  if (lines === -1 && !LOG_HEADER.startsWith(rest.toString('utf8'))) throw new ForeignLogError();
  return { rows, lines: Math.max(0, lines), wholeBytes: bytes - rest.length, bytes };
}

function readLine(line: Buffer, before: number, rows: Map<string, DigestRow>): void {
  const value = parseLine(line);
  if (before === -1) {
    if (!headerSchema.safeParse(value).success) throw new ForeignLogError();
    return;
  }
  const row = rowSchema.safeParse(value);
  if (!row.success) return;
  const { path, ...digest } = row.data;
  rows.set(path, digest);
}
