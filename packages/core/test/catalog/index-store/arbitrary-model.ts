import fc from 'fast-check';
import { catalogEntrySchema } from '../../../src/shapes/catalog-entry.js';
import { metadataOriginSchema, type FileSignature, type ScannedModel } from '../../../src/shapes/scan.js';

/** What `JSON.parse` makes has a prototype. */
const plain = { noNullPrototype: true };

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', '{}', '*', '*.webp', '__proto__', '\ud800', 'a\nb', '"', '漢字'),
);
// Zero has one sign in JSON.
const number = fc
  .oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, 113, 1.5e300))
  .map((value) => (Object.is(value, -0) ? 0 : value));
const signature: fc.Arbitrary<FileSignature> = fc.record({ size: number, mtimeMs: number, ino: number }, plain);
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value);

const civitai = fc.record(
  {
    id: number,
    modelId: number,
    name: text,
    creator: fc.record({ username: text }, plain),
    trainedWords: fc.array(text, { maxLength: 3 }),
    model: fc.record({ type: text }, plain),
  },
  { requiredKeys: [], noNullPrototype: true },
);

/** Paths below the roots, and whatever else is not blank. */
const path = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('/m/a', '/m/a/s 1', '/m/b', '/m/b/ü', '/m', ''),
      text,
      fc.constantFrom('.ckpt', '.safetensors', ''),
    )
    .map(([folder, stem, ending]) => `${folder}/${stem}${ending}`),
  text.filter((value) => value.trim() !== ''),
);

const entryOf = (file_path: string, beside: string) =>
  fc.record(
    {
      file_path: fc.constant(file_path),
      file_name: text,
      model_name: text,
      folder: fc.oneof(text, fc.constantFrom('s 1', 'ü')),
      size: number,
      modified: number,
      sha256: text,
      autov3: maybe(text),
      base_model: text,
      preview_url: fc.oneof(
        text,
        text.map((ending) => beside + ending),
      ),
      preview_nsfw_level: number,
      from_civitai: fc.boolean(),
      favorite: fc.boolean(),
      exclude: fc.boolean(),
      db_checked: fc.boolean(),
      civitai_deleted: fc.boolean(),
      skip_metadata_refresh: fc.boolean(),
      notes: text,
      usage_tips: text,
      metadata_source: maybe(text),
      last_checked_at: number,
      tags: fc.array(text, { maxLength: 4 }),
      civitai: maybe(civitai),
      hf_url: text,
      license_flags: maybe(number),
      hash_status: fc.constantFrom(...catalogEntrySchema.shape.hash_status.options),
      sub_type: text,
    },
    { requiredKeys: catalogKeys, noNullPrototype: true },
  );

const catalogKeys = catalogEntrySchema.keyof().options.filter((key) => key !== 'sub_type');

/** Any model that a scan could report, and many that none would. */
export const arbitraryModel: fc.Arbitrary<ScannedModel> = path.chain((file_path) =>
  fc.record(
    {
      root: fc.constantFrom('loras-0', 'loras-1', 'gone-7'),
      entry: entryOf(file_path, file_path.replace(/\.[^./]+$/, '')),
      file: signature,
      sidecar: maybe(signature),
      origin: fc.constantFrom(...metadataOriginSchema.options),
      digest: fc.constantFrom('computed' as const, 'stated' as const, 'none' as const),
      stamp: text,
      aliases: fc.array(text, { maxLength: 2 }),
    },
    plain,
  ),
);
