// Runs in a process of its own; see library-process.ts.
import { writeSync } from 'node:fs';
import { createModelLibrary, type ModelLibraryOptions } from '../../src/index.js';
import type { ProcessReport, ProcessTask } from './library-process.js';

const task = JSON.parse(process.argv[2] ?? '') as ProcessTask;
const options: ModelLibraryOptions = { roots: { loras: task.roots }, dataDir: task.dataDir };

async function startOnce(): Promise<ProcessReport> {
  const begun = performance.now();
  const library = createModelLibrary(options);
  const scans: string[] = [];
  library.progress.on('scan', ({ data }) => {
    if (data.pageType === 'loras' && data.status !== undefined) scans.push(data.details);
  });
  let digests = 0;
  library.progress.on('digest', ({ data }) => (digests = Math.max(digests, data.files_total)));
  await library.ready;
  const page = await library.loras.getModels({ page_size: 100 });
  const firstPage = performance.now() - begun;
  // Joins the comparison that runs in the background, then makes one that finds nothing new.
  await library.loras.scanModels();
  await library.loras.scanModels();
  await library.digestAll('loras');
  const { total } = await library.loras.getModels();
  await library.close();
  return { firstPage, items: page.items.length, total, scans, digests };
}

async function runUntilKilled(): Promise<void> {
  const library = createModelLibrary(options);
  await library.ready;
  writeSync(1, 'ready\n');
  for (;;) await library.loras.scanModels({ full_rebuild: Math.random() < 0.3 });
}

if (task.mode === 'start') writeSync(1, JSON.stringify(await startOnce()));
else await runUntilKilled();
