import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { IndexScope } from '../../ports/index-store.js';
import type { ScannedModel } from '../../shapes/scan.js';
import type { IndexFiles, SnapshotHeader } from './index-files.js';
import { RowWriter } from './row-writer.js';

const WRITE_BYTES = 512 * 1024;

/** Writes rows to a new file that takes the place of the snapshot in one step; other work gets its turns meanwhile. */
export async function writeSnapshot(
  files: IndexFiles,
  scope: IndexScope,
  batches: AsyncIterable<readonly ScannedModel[]>,
): Promise<Pick<SnapshotHeader, 'changes' | 'rows'>> {
  const changes = randomUUID();
  await mkdir(files.folder, { recursive: true });
  const temporary = files.temporary();
  try {
    const file = await open(temporary, 'wx');
    try {
      const rows = await writeRows(file, files.snapshotHeader(changes, 0), scope, batches);
      await file.write(files.snapshotHeader(changes, rows), 0);
      await file.sync();
      await file.close();
      await rename(temporary, files.snapshot);
      return { changes, rows };
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeRows(
  file: FileHandle,
  header: string,
  scope: IndexScope,
  batches: AsyncIterable<readonly ScannedModel[]>,
): Promise<number> {
  const writer = new RowWriter(scope, { words: true });
  let rows = 0;
  let text = header;
  for await (const batch of batches) {
    // Reading took this turn.
    await setImmediate();
    text += writer.lines(batch);
    rows += batch.length;
    if (text.length < WRITE_BYTES) continue;
    await file.appendFile(text);
    text = '';
  }
  await file.appendFile(text);
  return rows;
}
