import { it } from 'vitest';
import { put, safetensors, sidecar, tempFolder } from '/work/main/packages/core/test/disk/temp-library.js';
import { organisedShelf } from '/work/main/packages/core/test/services/organise/organised-shelf.js';
it('perf', async () => {
  const folder = tempFolder();
  const n = 2000;
  for (let i = 0; i < n; i++) { const p = put(folder, `m${i}.safetensors`, safetensors({ i: String(i) })); put(folder, `m${i}.metadata.json`, sidecar({ file_path: p, base_model: 'Pony' })); put(folder, `m${i}.preview.png`, 'x'); }
  const shelf = await organisedShelf(folder);
  let t = performance.now();
  const plan = await shelf.fileService.plan({});
  console.log('dry', plan.moves.length, performance.now() - t);
  t = performance.now();
  const r = await shelf.organise();
  console.log('run', r.counters, performance.now() - t);
  t = performance.now();
  const u = await shelf.fileService.undoLastRun(new AbortController().signal);
  console.log('undo', u.restored.length, performance.now() - t);
}, 600000);
