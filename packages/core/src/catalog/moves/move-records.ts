import { z } from 'zod';
import { catalogEntrySchema } from '../../shapes/catalog-entry.js';
import { metadataOriginSchema } from '../../shapes/scan.js';

const fileSignatureSchema = z.object({ size: z.number(), mtimeMs: z.number(), ino: z.number() });

const scannedModelSchema = z.object({
  root: z.string(),
  entry: catalogEntrySchema,
  file: fileSignatureSchema,
  sidecar: fileSignatureSchema.nullable(),
  origin: metadataOriginSchema,
  digest: z.enum(['computed', 'stated', 'none']),
  stamp: z.string(),
  aliases: z.array(z.string()).readonly(),
});

/** What is remembered of a model that was moved without its sidecar, by its new path. */
export const rememberedModelSchema = z.object({
  /** The file as it was when it was recognised: another file at this path is another model. */
  file: fileSignatureSchema,
  /** Where it was before. */
  from: z.string(),
  /** The sidecar that was left behind. */
  sidecarPath: z.string(),
  entry: catalogEntrySchema,
});

/** A model that went away and carried what a user made, by its last path. */
export const departedModelSchema = z.object({
  model: scannedModelSchema,
  sidecarPath: z.string(),
  /** Digest of its first and last 64 KiB, when it was computed. */
  probe: z.string().optional(),
  /** Milliseconds since the epoch. */
  departedAt: z.number(),
});

/** Which folder a root was when a scan last saw it, by the path of the root. */
export const knownRootSchema = z.object({ identity: z.string() });

export type KnownRoot = z.infer<typeof knownRootSchema>;
export type RememberedModel = z.infer<typeof rememberedModelSchema>;
export type DepartedModel = z.infer<typeof departedModelSchema>;
