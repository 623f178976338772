import { createModelLibrary } from '@modelshelf/core';

/** Tags some loras, files all of them below their root and takes that back; then deletes one and brings it back. */
export async function tidyUp(folder: string, dataDir: string, unwanted: string, print: (line: string) => void) {
  // region tidy-up
  const library = createModelLibrary({ roots: { loras: [folder] }, dataDir, trash: { retentionDays: 60 } });
  await library.ready;
  const { loras } = library;
  await loras.bulkEditModels({ filter: { search: 'ink' }, add_tags: ['style'], base_model: 'SDXL 1.0' });

  const plan = await loras.autoOrganizeModels({ dry_run: true }); // touches nothing
  if ('moves' in plan) for (const { from, to } of plan.moves) print(`${from} -> ${to}`);
  await loras.autoOrganizeModels(); // into {base_model}/{first_tag}, or what the settings say
  const { restored } = await loras.undoAutoOrganize();
  print(`${String(restored.length)} models are back where they were`);

  const { batch_id } = await loras.deleteModel({ file_path: unwanted }); // with preview, sidecar and the like
  const { batches, bytes } = await library.listTrash();
  print(`${String(batches.length)} deletion in the trash, ${String(bytes)} bytes`);
  if (batch_id !== null) await library.undoDelete({ batch_id }); // here for 60 days
  await library.close();
  // endregion
}
