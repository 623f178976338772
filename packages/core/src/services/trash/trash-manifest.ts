import { z } from 'zod';
import { OWN_FOLDER } from '../../disk/root-lock.js';
import { parseJsonText } from '../../disk/sidecar-file.js';

/** Below a root: where deleted models wait. */
export const TRASH_FOLDER = `${OWN_FOLDER}/trash`;

const FORBIDDEN = process.platform === 'win32' ? /[\0\\:]/ : /\0/;

/** A path below a folder that leads nowhere else, whoever wrote it. */
function isPathBelow(path: string): boolean {
  return !FORBIDDEN.test(path) && path.split('/').every((segment) => !['', '.', '..'].includes(segment));
}

const original = z.string().refine((path) => isPathBelow(path) && !/^\.modelshelf(\/|$)/i.test(path));
const staged = z
  .string()
  .regex(/^\d{1,9}\/[^/]+$/)
  .refine(isPathBelow);
const count = z.number().int().nonnegative();

const entrySchema = z.object({
  /** Where the file waits, below the folder of the batch: the number of its group and its own name. */
  staged,
  /** Where it was, below the root. */
  original,
  /** The model that it went with, below the root; its own path for a model. */
  of: original,
  size: count,
  /** A copy of what stayed beside another model: brought back only if that is gone. */
  copy: z.literal(true).optional(),
});

const modelSchema = z.object({ file_path: original, model_name: z.string(), size: count, sha256: z.string() });

/** What `manifest.json` of a batch says. Times are seconds since the epoch. */
const manifestSchema = z.object({
  version: z.literal(1),
  batch_id: z.string().regex(/^[0-9a-f]{32}$/),
  kind: z.literal('model'),
  /** The prefix of the model type, such as `loras`. */
  model_type: z.string(),
  deleted_at: count,
  expires_at: count,
  models: z.array(modelSchema),
  entries: z.array(entrySchema),
});

export type TrashManifest = z.infer<typeof manifestSchema>;
export type TrashEntry = z.infer<typeof entrySchema>;
export type TrashedModel = z.infer<typeof modelSchema>;

/** The manifest in a text; undefined for one that cannot be used. */
export function parseManifest(text: string): TrashManifest | undefined {
  const parsed = manifestSchema.safeParse(parseJsonText(text));
  return parsed.success ? parsed.data : undefined;
}

export function manifestText(manifest: TrashManifest): string {
  return JSON.stringify(manifest, null, 1);
}

const MANIFEST_NAME = /^manifest(-\d+)?\.json$/;

export const isManifestName = (name: string): boolean => MANIFEST_NAME.test(name);

/** Every group of models that goes at once has a manifest of its own, named after the number of its first folder. */
export const manifestNameOf = (first: number): string =>
  first === 1 ? 'manifest.json' : `manifest-${String(first)}.json`;

const BATCH_ID = /^[0-9a-f]{32}$/;

export const isBatchId = (name: string): boolean => BATCH_ID.test(name);
