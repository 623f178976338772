import { z } from 'zod';

const MAX_FOLDERS = 1000;
const MAX_PATH = 4096;

/** Category (`loras`, `checkpoints`, `unet`, `embeddings`, or of a type of your own) to folders. */
export type ModelFolders = Readonly<Record<string, readonly string[]>>;

const usablePaths = (paths: readonly string[]): string[] =>
  paths.map((path) => path.trim()).filter((path) => path !== '' && !path.includes('\0'));

/** The folders of one category as a file may name them: a path or a list of paths. */
const storedPathsSchema = z.union([z.array(z.string()), z.string().transform((path) => [path])]).transform(usablePaths);

/** Folders as a file may name them. A category that is neither a path nor a list of paths has none. */
export const storedFoldersSchema = z.record(z.string(), storedPathsSchema.catch([]));

const pathText = z
  .string('expected a path')
  .max(MAX_PATH, `is longer than ${String(MAX_PATH)} characters`)
  .refine((path) => !path.includes('\0'), 'holds a NUL character');

/** Folders as a request may name them: trimmed, without empty ones and repeats. */
export const givenFoldersSchema = z.record(
  z.string().regex(/^[A-Za-z][\w-]*$/, 'is no category of models'),
  z
    .union([z.array(pathText), pathText.transform((path) => [path])], { error: 'expected a path or a list of paths' })
    .transform((paths) => [...new Set(usablePaths(paths))])
    .refine(({ length }) => length <= MAX_FOLDERS, `has more than ${String(MAX_FOLDERS)} folders`),
  'expected folders by category',
);
