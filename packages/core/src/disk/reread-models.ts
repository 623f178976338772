import { statSync, type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { ModelshelfError } from '../errors.js';
import type { ModelRoot, ScannedModel } from '../shapes/scan.js';
import type { FoundFolder, FoundModel } from './found-folder.js';
import { fsErrorCode } from './fs-error.js';
import { isModelName, nameFilledBeside } from './model-name.js';
import { folderOf, joinPath, nameOf, stemOf } from './normalise-path.js';
import { FolderNames } from './preview-discovery.js';
import { readFoundModels } from './run-scan.js';
import type { ScanJob } from './scan-job.js';

/** A model file that is to be read, and the root that it belongs to. */
export interface ModelPlace {
  readonly path: string;
  readonly root: ModelRoot;
  /** Other paths of the same file, as far as they are known. */
  readonly aliases: readonly string[];
}

/**
 * Reads some models as a scan of everything would read them now; what is no model there any more is left out. Lists the
 * folder of each, once.
 *
 * Invariant: a model that was read again equals what the next scan makes of it.
 *
 * Rejects with `storage_unavailable` when the root of a model is away.
 */
export async function rereadModels(job: ScanJob, places: readonly ModelPlace[]): Promise<ScannedModel[]> {
  const byFolder = new Map<string, ModelPlace[]>();
  for (const place of places) {
    const folder = folderOf(place.path);
    const same = byFolder.get(folder);
    if (same === undefined) byFolder.set(folder, [place]);
    else same.push(place);
  }
  const models: ScannedModel[] = [];
  for (const [path, wanted] of byFolder) {
    const children = await childrenOf(path);
    const [first] = wanted;
    if (first === undefined) continue;
    if (children === undefined) {
      await checkPresence(first.root);
      continue;
    }
    for (const folder of await foundFolders(job, path, first.root, children, wanted)) {
      models.push(...readFoundModels(job, folder));
      await setImmediate();
    }
  }
  const asked = new Set(places.map(({ path }) => path));
  return models.filter(({ entry }) => asked.has(entry.file_path));
}

async function childrenOf(path: string): Promise<Dirent[] | undefined> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(fsErrorCode(error))) return undefined;
    throw error;
  }
}

/** A folder that is gone holds no models, unless its whole root is gone. */
async function checkPresence(root: ModelRoot): Promise<void> {
  try {
    await stat(root.path);
  } catch (cause) {
    throw new ModelshelfError('storage_unavailable', 'The folder of the library cannot be reached.', { cause });
  }
}

const STEMS_AT_ONCE = 8;

/** The folder with the wanted models and those that share a stem with one of them, a few stems at a time. */
async function foundFolders(
  job: ScanJob,
  path: string,
  root: ModelRoot,
  children: readonly Dirent[],
  wanted: readonly ModelPlace[],
): Promise<FoundFolder[]> {
  const extensions = new Set(job.extensions);
  const asked = new Map(wanted.map((place) => [nameOf(place.path), place]));
  const byStem = new Map<string, FoundModel[]>();
  for (const name of asked.keys()) byStem.set(stemOf(name), []);
  const isNear = beginningWith([...byStem.keys()]);
  const files: string[] = [];
  const candidates: string[] = [];
  const unfinished = new Set<string>();
  for (const child of children) {
    const { name } = child;
    if (!isNear(name)) continue;
    const isReal = child.isFile();
    if (!isReal && !(child.isSymbolicLink() && (await isFile(joinPath(path, name))))) continue;
    files.push(name);
    const filled = nameFilledBeside(name);
    if (filled !== undefined) unfinished.add(filled);
    if ((isReal || asked.has(name)) && byStem.has(stemOf(name))) candidates.push(name);
  }
  const names = new NamesNear(files, (name) => !isNear(name) && hasFile(path, children, name));
  for (const name of candidates.sort()) {
    if (unfinished.has(name) || !isModelName(name, extensions)) continue;
    const modelPath = joinPath(path, name);
    const aliases = asked.get(name)?.aliases ?? [];
    byStem.get(stemOf(name))?.push({ name, path: modelPath, realPath: modelPath, aliases: [...aliases] });
  }
  const groups = [...byStem.values()];
  const folders: FoundFolder[] = [];
  for (let at = 0; at < groups.length; at += STEMS_AT_ONCE) {
    folders.push({ root, path, realPath: path, names, models: groups.slice(at, at + STEMS_AT_ONCE).flat() });
  }
  return folders;
}

/** Names of a folder of thousands, of which few are asked for: the others are looked for only then. */
class NamesNear extends FolderNames {
  readonly #hasOther: (name: string) => boolean;

  constructor(near: readonly string[], hasOther: (name: string) => boolean) {
    super(near);
    this.#hasOther = hasOther;
  }

  override has(name: string): boolean {
    return super.has(name) || this.#hasOther(name);
  }
}

const FEW_STEMS = 4;

/** Tells the names that begin with a stem, in any case; of many stems it is quicker to take every name. */
function beginningWith(stems: readonly string[]): (name: string) => boolean {
  if (stems.length > FEW_STEMS) return () => true;
  const beginnings = stems.map((stem) => stem.toLowerCase());
  return (name) => {
    const lower = name.toLowerCase();
    return beginnings.some((beginning) => lower.startsWith(beginning));
  };
}

function hasFile(folder: string, children: readonly Dirent[], name: string): boolean {
  const child = children.find((each) => each.name === name);
  if (child?.isSymbolicLink() !== true) return child?.isFile() === true;
  try {
    return statSync(joinPath(folder, name)).isFile();
  } catch {
    return false;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
