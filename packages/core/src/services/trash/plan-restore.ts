import type { FilePlan, PlannedRewrite } from '../../disk/file-plan.js';
import { fsErrorCode } from '../../disk/fs-error.js';
import { folderOf, joinPath } from '../../disk/normalise-path.js';
import { ModelshelfError } from '../../errors.js';
import type { FileOperations } from '../../ports/file-operations.js';
import { manifestText, type TrashEntry } from './trash-manifest.js';
import type { TrashPart } from './trash-reader.js';

/** What bringing files back does. */
export interface RestorePlan {
  readonly plan: FilePlan;
  /** Where files are again. */
  readonly restored: readonly string[];
  /** Models whose row has to be read, because they or something beside them came back. */
  readonly models: readonly string[];
  /** Files of the batch that stay in the trash. */
  readonly remaining: number;
}

/** One file of the trash, and what happens to it. */
interface Fated {
  readonly part: TrashPart;
  readonly entry: TrashEntry;
  readonly staged: string;
  readonly target: string;
  fate: 'restored' | 'kept' | 'discarded' | 'gone';
}

type Looking = Pick<FileOperations, 'lstat' | 'readFile'>;

/**
 * Works out how files of some parts of a batch come back. To be called while the parts and their targets are locked.
 *
 * Invariant: an occupied target refuses a restore completely.
 *
 * @param isWanted Which entries are to come back, by part.
 */
export async function planRestore(
  parts: readonly TrashPart[],
  isWanted: (part: TrashPart, entry: TrashEntry) => boolean,
  files: Looking,
): Promise<RestorePlan> {
  const fated = await fatesOf(parts, isWanted, files);
  const moved = fated.filter(({ fate }) => fate === 'restored');
  const kept = new Set(fated.filter(({ fate }) => fate === 'kept').map(({ entry }) => entry));
  const manifests = parts.map((part) => remainderOf(part, kept));
  const left = fated.filter(({ fate }) => fate !== 'kept').map(({ staged }) => folderOf(staged));
  return {
    plan: {
      kind: 'restore',
      moves: moved.map(({ staged, target }) => ({ from: staged, to: target })),
      rewrites: manifests.flatMap(({ rewrite }) => rewrite ?? []),
      discards: [
        ...fated.filter(({ fate }) => fate === 'discarded').map(({ staged }) => staged),
        ...manifests.flatMap(({ discard }) => discard ?? []),
      ],
      emptied: [...new Set([...left, ...parts.map(({ folder }) => folder)])],
    },
    restored: moved.map(({ target }) => target),
    models: [...new Set(moved.map(({ part, entry }) => joinPath(part.root.path, entry.of)))],
    remaining: kept.size,
  };
}

async function fatesOf(
  parts: readonly TrashPart[],
  isWanted: (part: TrashPart, entry: TrashEntry) => boolean,
  files: Looking,
): Promise<readonly Fated[]> {
  const all = parts.flatMap((part) =>
    part.manifest.entries.map((entry): Fated => {
      const staged = joinPath(part.folder, entry.staged);
      return { part, entry, staged, target: joinPath(part.root.path, entry.original), fate: 'kept' };
    }),
  );
  const wanted = all.filter(({ part, entry }) => isWanted(part, entry));
  for (const each of wanted) each.fate = (await exists(each.staged, files)) ? 'restored' : 'gone';
  const returning = wanted.filter(({ fate }) => fate === 'restored');
  for (const folder of new Set(returning.map(({ staged }) => folderOf(staged)))) await requireFolder(folder, files);
  const claims = new Map<string, string>();
  for (const { entry, staged, target } of returning) {
    if (entry.copy === true) continue;
    if (claims.has(target) || (await exists(target, files))) throw occupied(target);
    claims.set(target, staged);
  }
  for (const each of returning.filter(({ entry }) => entry.copy === true)) {
    const there = claims.get(each.target) ?? ((await exists(each.target, files)) ? each.target : undefined);
    if (there === undefined) claims.set(each.target, each.staged);
    // What the copy was made of may have changed since; then both are kept.
    else each.fate = (await isSame(each.staged, there, files)) ? 'discarded' : 'kept';
  }
  return all;
}

/** What becomes of a manifest: unchanged, told anew, or not needed any more. */
function remainderOf(
  { manifest, manifestPath }: TrashPart,
  kept: ReadonlySet<TrashEntry>,
): { readonly rewrite?: PlannedRewrite; readonly discard?: string } {
  const entries = manifest.entries.filter((entry) => kept.has(entry));
  if (entries.length === manifest.entries.length) return {};
  if (entries.length === 0) return { discard: manifestPath };
  const of = new Set(entries.map((entry) => entry.of));
  const models = manifest.models.filter((model) => of.has(model.file_path));
  return { rewrite: { path: manifestPath, content: manifestText({ ...manifest, models, entries }) } };
}

function occupied(target: string): ModelshelfError {
  return new ModelshelfError('conflict', 'Target path occupied', { details: { file_path: target } });
}

async function isSame(one: string, other: string, files: Looking): Promise<boolean> {
  const [a, b] = await Promise.all([files.readFile(one), files.readFile(other)]);
  return a.equals(b);
}

/** A link in the place of a folder of the trash would make it take files from elsewhere. */
async function requireFolder(path: string, files: Looking): Promise<void> {
  if ((await files.lstat(path)).isDirectory()) return;
  throw new ModelshelfError('conflict', 'The trash was changed by somebody else.');
}

async function exists(path: string, files: Looking): Promise<boolean> {
  try {
    await files.lstat(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(fsErrorCode(error))) return false;
    throw error;
  }
}
