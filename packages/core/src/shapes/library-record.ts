import { z } from 'zod';
import { givenFoldersSchema, storedFoldersSchema } from './model-folders.js';

const path = z.string().catch('');

/** One of several libraries that a settings file holds. What cannot be meant is empty; unknown keys are kept. */
export const libraryRecordSchema = z.looseObject({
  folder_paths: storedFoldersSchema.catch({}),
  extra_folder_paths: storedFoldersSchema.catch({}),
  default_lora_root: path,
  default_checkpoint_root: path,
  default_unet_root: path,
  default_embedding_root: path,
  recipes_path: path,
  /** UTC, to the second. */
  created_at: z.string().catch(''),
  updated_at: z.string().catch(''),
});

export type LibraryRecord = z.infer<typeof libraryRecordSchema>;

/** What a library is called, as a request says it. */
export const libraryNameSchema = z
  .string('Library name is required')
  .trim()
  .min(1, 'Library name is required')
  .max(100, 'is longer than 100 characters')
  .regex(/^[^\p{Cc}]*$/u, 'holds a control character')
  // A member of this name would be no member of the file.
  .refine((name) => name !== '__proto__', 'is no name of a library');

const givenPath = z.string().trim().max(4096).default('');

/** A library that is to be made, as a request says it. */
export const newLibrarySchema = z.object({
  folder_paths: givenFoldersSchema.default({}),
  extra_folder_paths: givenFoldersSchema.default({}),
  default_lora_root: givenPath,
  default_checkpoint_root: givenPath,
  default_unet_root: givenPath,
  default_embedding_root: givenPath,
  recipes_path: givenPath,
  /** Whatever the client wants to keep with it. */
  metadata: z.record(z.string(), z.json()).optional(),
});

export type NewLibrary = z.output<typeof newLibrarySchema>;
