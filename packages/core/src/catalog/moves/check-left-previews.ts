import type { RecordLog } from '../../ports/record-log.js';
import type { ModelShelves } from '../model-shelves.js';
import { inSlices } from './in-slices.js';
import type { RememberedModel } from './move-records.js';

/**
 * A preview that was left behind may go away or come back without the model being touched: enters what is so now, and
 * resolves with the paths of the rows that changed.
 */
export async function checkLeftPreviews(
  remembered: RecordLog<RememberedModel>,
  shelves: ModelShelves,
  existing: (path: string) => Promise<string>,
): Promise<string[]> {
  const touched: string[] = [];
  const named = Array.from(remembered.entries()).filter(([, { entry }]) => entry.preview_url !== '');
  for await (const slice of inSlices(named, 32)) {
    await Promise.all(
      slice.map(async ([path, { entry }]) => {
        const row = shelves.rowOf(path);
        const shown = row?.entry.preview_url;
        if (row?.origin !== 'remembered' || (shown !== '' && shown !== entry.preview_url)) return;
        const preview = await existing(entry.preview_url);
        const now = shelves.rowOf(path);
        if (preview === shown || now?.origin !== 'remembered') return;
        shelves.enter([{ ...now, entry: { ...now.entry, preview_url: preview } }]);
        touched.push(path);
      }),
    );
  }
  return touched;
}
