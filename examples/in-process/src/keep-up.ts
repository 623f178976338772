import { createModelLibrary } from '@modelshelf/core';

/** Counts one use of each lora that is named, and prints what the library then knows of its use. */
export async function countUses(folder: string, dataDir: string, used: string[], print: (line: string) => void) {
  // region keep-up
  const library = createModelLibrary({
    roots: { loras: [{ path: folder, scan: 'watch', everySeconds: 3600 }] }, // or 'interval', 'off', 'on-demand'
    dataDir, // digests, uses, and what the last scan found: the next start lists it at once
    digests: { autov3: true },
  });
  library.progress.on('models_changed', ({ data }) => print(`${data.pageType} changed`));
  await library.ready;

  await library.digestAll('loras'); // uses are counted by digest
  await library.recordUsage({ loras: used });
  const { data } = await library.getUsageAnalytics();
  for (const { name, usage_count } of data.top_loras) print(`${name}: ${String(usage_count)}`);
  await library.close();
  // endregion
}
