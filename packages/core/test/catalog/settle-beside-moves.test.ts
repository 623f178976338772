import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import { ModelMoves } from '../../src/catalog/moves/model-moves.js';
import type { DepartedModel, RememberedModel } from '../../src/catalog/moves/move-records.js';
import { memoryDigestRecords } from '../../src/disk/memory-digest-records.js';
import { runScan } from '../../src/disk/run-scan.js';
import { lora } from '../../src/model-types/built-in-model-types.js';
import { memoryRecordLog } from '../../src/ports/record-log.js';
import type { ScannedModel } from '../../src/shapes/scan.js';
import { jobOver, put, root, sidecar, tempFolder } from '../disk/temp-library.js';

it('what is remembered of a model stays when it is moved to a path whose model a scan finds missing just then', async () => {
  const folder = tempFolder();
  const roots = [root(folder)];
  const [gone, from] = [put(folder, 'gone.ckpt', '1'), put(folder, 'from.ckpt', '22')];
  put(folder, 'gone.metadata.json', sidecar({ size: 0, notes: 'gone' }));
  const rows: ScannedModel[] = [];
  runScan(jobOver(...roots), {
    counted: () => undefined,
    models: (models) => void rows.push(...models),
    checkpoint: () => undefined,
  });
  const catalogOf = (): ModelCatalog => new ModelCatalog({ modelType: lora, roots, nameDisplay: 'model_name' });
  const [listed, excluded] = [catalogOf(), catalogOf()];
  listed.upsert(rows);
  const [missing, other] = [listed.recordOf(gone), listed.recordOf(from)];
  if (missing === undefined || other === undefined) throw new Error('not listed');
  const remembered = memoryRecordLog<RememberedModel>();
  const departed = memoryRecordLog<DepartedModel>();
  const rememberedOf = ({ entry, file }: ScannedModel, notes: string): RememberedModel => {
    return { file, from: join(folder, 'far.ckpt'), sidecarPath: '', entry: { ...entry, notes } };
  };
  await remembered.put(gone, rememberedOf(missing, 'gone'));
  await remembered.put(from, rememberedOf(other, 'mine'));
  const put_ = async (key: string, row: DepartedModel): Promise<void> => {
    await departed.put(key, row);
    renameSync(from, gone);
    const { size, mtimeMs, ino } = statSync(gone);
    await moves.follow({ from, to: gone }, { size, mtimeMs, ino });
  };
  const moves: ModelMoves = new ModelMoves({
    listed,
    excluded,
    roots,
    digests: memoryDigestRecords(),
    remembered,
    departed: { ...departed, get: departed.get, entries: departed.entries, put: put_ },
  });
  await moves.settle({ missing: [missing], arrived: [], isCompared: true });
  expect(remembered.get(gone)?.entry.notes).toBe('mine');
});
