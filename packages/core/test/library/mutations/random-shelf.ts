import fc from 'fast-check';
import { safetensors } from '../temp-library.js';

/** One model of a random shelf, and what lies beside it. */
interface RandomModel {
  readonly root: string;
  readonly folder: string;
  readonly stem: string;
  readonly extension: string;
  /** Few numbers: some models have equal bytes. */
  readonly bytes: number;
  readonly sidecar: Readonly<Record<string, unknown>> | null;
  readonly suffixes: readonly string[];
}

export const SHELF_TAGS = ['anime', 'Style', 'own tag', 'photo', 'ünï'];
export const SHELF_BASES = ['Pony', 'SDXL 1.0', 'Unknown'];
export const SHELF_STEMS = ['foo', 'foo.v2', 'foo.preview', 'Bär 東', '100%20x', 'FOO', 'other'];
/** Below a root. */
export const SHELF_FOLDERS = ['', 'sub', 'sub/deep', 'Pony/anime', 'ümlaut %41'];

const sidecar = fc
  .record({
    model_name: fc.constantFrom('Alpha', 'beta 2', 'beta 10', 'Ünï'),
    tags: fc.uniqueArray(fc.constantFrom(...SHELF_TAGS), { maxLength: 3 }),
    notes: fc.constantFrom('', 'mine', 'zwei\nZeilen ✎'),
    base_model: fc.constantFrom(...SHELF_BASES),
    favorite: fc.boolean(),
    exclude: fc.constantFrom(false, false, false, true),
    civitai: fc.constantFrom(null, { id: 7, modelId: 3, name: 'v7', x_raw: { deep: [1, { a: null }] } }),
  })
  .map((members): Readonly<Record<string, unknown>> => members);

const model: fc.Arbitrary<RandomModel> = fc.record({
  root: fc.constantFrom('loras', 'loras', 'more', 'checkpoints', 'checkpoints'),
  folder: fc.constantFrom(...SHELF_FOLDERS),
  stem: fc.constantFrom(...SHELF_STEMS),
  extension: fc.constantFrom('.safetensors', '.safetensors', '.ckpt', '.SAFETENSORS', '.gguf'),
  bytes: fc.integer({ min: 0, max: 9 }),
  sidecar: fc.option(sidecar, { freq: 3 }),
  suffixes: fc.subarray([
    '.preview.png',
    '.WEBP',
    '.civitai.info',
    '.txt',
    '.yaml',
    '.mov',
    '.example.0.jpeg',
    '.metadata.json.bak',
    '.other.txt',
    '.jpg',
  ]),
});

const shelf = fc.uniqueArray(model, {
  minLength: 2,
  maxLength: 9,
  selector: ({ root, folder, stem, extension }) => [root, folder, stem, extension].join('/'),
});

/** Models of several types in a few folders, whose names clash as far as names can. */
export const randomShelf = fc
  .record({ models: shelf, withSharedStems: fc.integer({ min: 0, max: 3 }) })
  .map((drawn) => {
    const stems = new Set<string>();
    const models = drawn.models.filter(({ root, folder, stem }) => {
      const key = [root, folder, stem].join('/');
      const isFirst = !stems.has(key);
      stems.add(key);
      return isFirst || drawn.withSharedStems === 0;
    });
    return models;
  });

/** The files of a shelf by relative path. `below` is where the shelf will lie: sidecars name their model. */
export function filesOfShelf(models: readonly RandomModel[], below: string): Record<string, string | Buffer> {
  const files: Record<string, string | Buffer> = {};
  for (const [index, { root, folder, stem, extension, bytes, sidecar: said, suffixes }] of models.entries()) {
    const id = `id-${String(index)}`;
    const place = [root, ...(folder === '' ? [] : [folder]), stem].join('/');
    const path = place + extension;
    const content = safetensors({ bytes: String(bytes) }, 8 + 4 * bytes);
    files[path] = content;
    for (const suffix of suffixes) files[place + suffix] ??= `${suffix} of ${id}`;
    if (said === null || `${place}.metadata.json` in files) continue;
    const text = {
      file_name: stem,
      x_before: { id, kept: [index, 'ß'] },
      ...said,
      file_path: `${below}/${path}`,
      size: content.length,
      modified: 1_700_000_000 + index,
      sha256: '',
      preview_url: '',
      x_id: id,
    };
    files[`${place}.metadata.json`] = JSON.stringify(text, null, 2);
  }
  return files;
}
