import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemClock, type Clock } from '../ports/clock.js';
import { silentLogger, type Logger } from '../ports/logger.js';
import type { RecordLog } from '../ports/record-log.js';
import { fsErrorCode } from './fs-error.js';
import { RecordLogFile } from './record-log-file.js';
import { RecordLines, type RecordFormat } from './record-log-lines.js';
import { ForeignLogError, readRecordLog, type RecordLogContent } from './record-log-reader.js';

/** Where a log is and what its rows are. */
export interface RecordLogOptions<T> extends RecordFormat<T> {
  /** Made when it is not there, the folder above it too. */
  readonly file: string;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
}

/** What may be over in a minute: the records are as good as they were. */
const PASSING = new Set([
  'EAGAIN',
  'EBUSY',
  'EHOSTDOWN',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOTCONN',
  'ESTALE',
  'ETIMEDOUT',
]);

/**
 * Opens a log of records in a file: a header, then one line of JSON per change, only ever appended to.
 *
 * A file that is not ours is set aside by rename and a new one begun; one that cannot be read just now rejects and stays. When more than half of the lines say nothing any
 * more, the file is written anew and the former one stays as `.bak`. Several processes may have the same file open: none
 * loses what it put, each learns of the others' rows when it opens the file the next time; of one row that several of
 * them put, the one written last holds.
 */
export async function openRecordLog<T>(options: RecordLogOptions<T>): Promise<RecordLog<T>> {
  const { file, logger = silentLogger, clock = systemClock } = options;
  const lines = new RecordLines<T>(options);
  await mkdir(dirname(file), { recursive: true });
  const content = await readOrSetAside(file, lines, clock, logger);
  const superseded = content.lines - content.rows.size;
  if (superseded <= content.rows.size) return RecordLogFile.open(file, lines, content);
  try {
    await compact(file, lines);
    return await RecordLogFile.open(file, lines, await readRecordLog(file, lines));
  } catch (error) {
    logger.warn('Records could not be compacted.', { file, error });
    return RecordLogFile.open(file, lines, content);
  }
}

async function readOrSetAside<T>(
  file: string,
  lines: RecordLines<T>,
  clock: Clock,
  logger: Logger,
): Promise<RecordLogContent<T>> {
  const none: RecordLogContent<T> = { rows: new Map(), lines: 0, wholeBytes: 0, bytes: 0 };
  try {
    return await readRecordLog(file, lines);
  } catch (error) {
    if (fsErrorCode(error) === 'ENOENT') return none;
    if (PASSING.has(fsErrorCode(error))) throw error;
    const aside = `${file}.unreadable-${String(clock.now())}`;
    logger.warn('Records cannot be read; they were set aside.', {
      file,
      aside,
      error: error instanceof ForeignLogError ? 'not a file of these records' : error,
    });
    await rename(file, aside);
    return none;
  }
}

/** Writes the rows of a file to a new one that takes its place in one step. */
async function compact<T>(file: string, lines: RecordLines<T>): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await copyFile(file, `${file}.bak`);
    // Read as late as possible: another process may have appended in the meantime.
    const { rows } = await readRecordLog(file, lines);
    const handle = await open(temporary, 'wx');
    try {
      let text = lines.header;
      for (const [key, row] of rows) {
        text += lines.line(key, row);
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
