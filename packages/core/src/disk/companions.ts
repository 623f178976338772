import type { FileOperations } from '../ports/file-operations.js';
import { FOREIGN_SIDECARS } from './foreign-sidecars.js';
import { fsErrorCode } from './fs-error.js';
import { isModelName } from './model-name.js';
import { folderOf, joinPath, nameOf, stemOf, toForwardSlashes } from './normalise-path.js';
import { isPreviewName, PREVIEW_SUFFIXES } from './preview-discovery.js';
import { SIDECAR_SUFFIX } from './sidecar-file.js';

/** Everything on disk that belongs to a model. Full paths, in the order of their names. */
export interface Companions {
  readonly model: string;
  /** Every companion; never a model file. Those that `sharedWith` owns as well are among them. */
  readonly files: readonly string[];
  /** `<stem>.metadata.json`, when it is there. */
  readonly sidecar: string | undefined;
  /** Images and videos among the files. */
  readonly previews: readonly string[];
  /** Other model files of the same folder and stem: companions stay while one of them does. */
  readonly sharedWith: readonly string[];
}

/** How companions are told from other files. */
export interface CompanionOptions {
  /** Extensions of every kind of model, in lower case with the dot. */
  readonly modelExtensions: ReadonlySet<string>;
  readonly files: FileOperations;
  /** Path or name of the preview that the sidecar names. */
  readonly previewUrl?: string | undefined;
}

/** Extensions of previews that other versions of this software wrote and nothing lists. */
const FORMER_PREVIEWS = ['.mov', '.avi'];
const FORMER_PREVIEW_SUFFIXES = FORMER_PREVIEWS.flatMap((extension) => [extension, `.preview${extension}`]);

/** What may follow the stem of a model in the name of a companion, in lower case. */
const SUFFIXES: ReadonlySet<string> = new Set([
  SIDECAR_SUFFIX,
  `${SIDECAR_SUFFIX}.bak`,
  ...PREVIEW_SUFFIXES,
  ...FORMER_PREVIEW_SUFFIXES,
  ...FOREIGN_SIDECARS.map(({ suffix }) => suffix),
  '.txt',
  '.yaml',
  '.yml',
]);

/** The known suffix that makes a name a companion of a stem, as the name spells it; undefined for any other file. */
function companionSuffix(name: string, stem: string): string | undefined {
  if (!name.startsWith(`${stem}.`)) return undefined;
  const suffix = name.slice(stem.length);
  return SUFFIXES.has(suffix.toLowerCase()) ? suffix : undefined;
}

const isPreview = (path: string): boolean =>
  isPreviewName(nameOf(path)) || FORMER_PREVIEWS.some((extension) => path.toLowerCase().endsWith(extension));

/**
 * Everything on disk that belongs to a model: exactly its stem and a known suffix, in any case, and what its sidecar
 * names as preview.
 *
 * Invariant: a model file is never a companion, and neither is what belongs to another model, however their names begin.
 */
export async function companionsOf(modelPath: string, options: CompanionOptions): Promise<Companions> {
  const { modelExtensions, files, previewUrl } = options;
  const folder = folderOf(modelPath);
  const own = nameOf(modelPath);
  const stem = stemOf(own);
  const names = await files.readdir(folder);
  const named = previewUrl === undefined ? undefined : nameBeside(folder, previewUrl);
  const beginning = `${stem}.`;
  // Of a folder of thousands only these are looked at closely: whatever is a companion, or claims one, begins so.
  const near = names.filter((name) => name.startsWith(beginning) || name === named).sort();
  const models = near.filter((name) => isModelName(name, modelExtensions));
  const longerStems = models.map(stemOf).filter((other) => other.length > stem.length && other.startsWith(beginning));

  /** `foo.preview.png` is the image of `foo.preview.safetensors`, when there is one; a sidecar is always that of its stem. */
  const isOthers = (name: string, suffix: string): boolean =>
    !suffix.toLowerCase().startsWith(SIDECAR_SUFFIX) &&
    longerStems.some((other) => companionSuffix(name, other) !== undefined);

  const isCompanion = (name: string): boolean => {
    if (models.includes(name)) return false;
    const suffix = companionSuffix(name, stem);
    if (suffix !== undefined) return !isOthers(name, suffix);
    return name === named && isPreview(name) && !isOfModel(name, names, modelExtensions);
  };

  const found: string[] = [];
  for (const name of names.filter(isCompanion)) {
    const path = joinPath(folder, name);
    if (await isFile(path, files)) found.push(path);
  }
  const sidecar = joinPath(folder, stem + SIDECAR_SUFFIX);
  return {
    model: modelPath,
    files: found,
    sidecar: found.includes(sidecar) ? sidecar : undefined,
    previews: found.filter(isPreview),
    sharedWith: models.filter((name) => name !== own && stemOf(name) === stem).map((name) => joinPath(folder, name)),
  };
}

/**
 * Where a companion goes when its model gets another path: the whole compound suffix is kept. A preview that only its
 * sidecar ties to the model keeps its name behind the new stem.
 */
export function companionTarget(companion: string, fromModel: string, toModel: string): string {
  const name = nameOf(companion);
  const stem = stemOf(nameOf(fromModel));
  const rest = name.startsWith(`${stem}.`) ? name.slice(stem.length) : `.${name}`;
  return joinPath(folderOf(toModel), stemOf(nameOf(toModel)) + rest);
}

/** Whether a file belongs by its name to a model among these names. */
function isOfModel(file: string, names: readonly string[], modelExtensions: ReadonlySet<string>): boolean {
  const owners = new Set<string>();
  for (let dot = file.indexOf('.'); dot >= 0; dot = file.indexOf('.', dot + 1)) {
    const stem = file.slice(0, dot);
    if (companionSuffix(file, stem) !== undefined) owners.add(stem);
  }
  return names.some((name) => owners.has(stemOf(name)) && isModelName(name, modelExtensions));
}

/** The name that a stated preview has when it lies in a folder; undefined when it lies elsewhere. */
function nameBeside(folder: string, previewUrl: string): string | undefined {
  const path = toForwardSlashes(previewUrl);
  const name = nameOf(path);
  return path === name || folderOf(path) === folder ? name : undefined;
}

/** Links count as files; folders and what vanished do not. */
async function isFile(path: string, files: FileOperations): Promise<boolean> {
  try {
    const status = await files.lstat(path);
    return status.isFile() || status.isSymbolicLink();
  } catch (error) {
    if (fsErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
