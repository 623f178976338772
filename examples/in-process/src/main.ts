import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { createModelLibrary } from '@modelshelf/core';

/** Prints the newest loras of a folder whose names hold a text. */
export async function printLoras(folder: string, search: string, print: (line: string) => void): Promise<void> {
  // region use
  const library = createModelLibrary({ roots: { loras: [folder] } });
  library.progress.on('scan', ({ data }) => print(`${String(data.progress)} % ${data.details}`));
  const { models } = await library.ready;

  const { items, total } = await library.loras.getModels({ search, sort_by: 'date:desc', page_size: 20 });
  print(`${String(total)} of ${String(models)} models`);
  for (const { model_name, base_model, tags } of items) print(`${model_name} (${base_model}) ${tags.join(', ')}`);
  await library.close();
  // endregion
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  await printLoras(argv[2] ?? '.', argv[3] ?? '', console.log);
}
