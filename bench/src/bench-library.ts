import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createModelLibrary, type ListItem, type ModelLibrary } from '@modelshelf/core';
import { modelPages } from '@modelshelf/ui';
import { generateLibrary } from './generate-library.js';
import { tinyRoute } from './tiny-answer.js';

const MODELS = 2_000;
const LARGEST_PAGE = 100;

const itemsFile = (folder: string): string => join(folder, 'items.json');

/** Writes the models that all servers list, and their items as plain data for the routes written by hand. */
export async function prepareBenchLibrary(folder: string): Promise<void> {
  generateLibrary(join(folder, 'models'), { models: MODELS, autov3: true });
  const library = await openBenchLibrary(folder, 'data');
  const items: ListItem[] = [];
  for (let page = 1; items.length < MODELS; page++) {
    items.push(...(await library.loras.getModels({ page, page_size: LARGEST_PAGE })).items);
  }
  await writeFile(itemsFile(folder), JSON.stringify(items));
  await library.close();
}

/** The prepared models as a library that is ready, with every route there is. */
export async function openBenchLibrary(folder: string, dataName: string): Promise<ModelLibrary> {
  const library = createModelLibrary({
    roots: { loras: [join(folder, 'models')] },
    dataDir: join(folder, dataName),
    digests: false,
    pages: modelPages(),
    extensions: [tinyRoute],
  });
  await library.ready;
  return library;
}

/** The list items of the prepared models in the order of the list. */
export async function readBenchItems(folder: string): Promise<readonly ListItem[]> {
  return JSON.parse(await readFile(itemsFile(folder), 'utf8')) as ListItem[];
}
