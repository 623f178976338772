import type { CatalogRecord } from '../../catalog/catalog-record.js';
import { companionTarget, type Companions } from '../../disk/companions.js';
import type { FilePlan, PlannedFile, PlannedMove } from '../../disk/file-plan.js';
import { leavingCopies } from '../../disk/leaving-copies.js';
import { folderOf, joinPath, nameOf, stemOf, toForwardSlashes } from '../../disk/normalise-path.js';
import { readRawSidecar, sidecarText, type RawSidecar } from '../../disk/raw-sidecar.js';
import type { SidecarDrafts } from '../../disk/sidecar-draft.js';
import type { FileOperations } from '../../ports/file-operations.js';
import type { JsonObject } from '../../shapes/json.js';

/** What a rename does to files. */
export interface RenamePlan {
  readonly plan: FilePlan;
  /** Full paths of everything that has the new name then: the model first, the sidecar next. */
  readonly renamed: readonly string[];
}

interface RenameParts {
  readonly drafts: SidecarDrafts;
  readonly files: FileOperations;
}

/**
 * Works out how a model gets another name in its folder, with everything that belongs to it. A model that shares its stem
 * with others leaves what lies beside it to them, and takes copies along (docs/behaviour.md, "Shared stems"). A preview
 * that is named unlike its model keeps its name: it is found by what the sidecar says of it.
 */
export async function planRename(
  record: CatalogRecord,
  to: string,
  companions: Companions,
  parts: RenameParts,
): Promise<RenamePlan> {
  return companions.sharedWith.length > 0
    ? planLeaving(record, to, companions, parts)
    : planTogether(record, to, companions, parts.files);
}

async function planTogether(
  record: CatalogRecord,
  to: string,
  companions: Companions,
  files: FileOperations,
): Promise<RenamePlan> {
  const from = record.entry.file_path;
  const { sidecar } = companions;
  const renames = renamesOf(companions.files, from, to);
  const raw = sidecar === undefined ? undefined : await readRawSidecar(sidecar, files);
  if (sidecar === undefined || raw === undefined) {
    const moves = [{ from, to }, ...movesOf(renames)];
    return { plan: { kind: 'rename', moves }, renamed: moves.map((move) => move.to) };
  }
  const rewritten = renamedSidecar(raw, sidecar, record, to, renames);
  renames.delete(sidecar);
  const moves = [{ from, to }, ...movesOf(renames)];
  return {
    plan: { kind: 'rename', moves, creates: [rewritten], discards: [sidecar] },
    renamed: [to, rewritten.path, ...renames.values()],
  };
}

async function planLeaving(
  record: CatalogRecord,
  to: string,
  companions: Companions,
  parts: RenameParts,
): Promise<RenamePlan> {
  const from = record.entry.file_path;
  const { sidecar, previews } = await leavingCopies(record, companions, parts);
  const paths = previews.map(({ path }) => path);
  const renames = renamesOf(paths, from, to);
  const creates: PlannedFile[] = previews.flatMap(({ path, content }) => {
    const target = renames.get(path);
    return target === undefined ? [] : [{ path: target, content }];
  });
  const raw = sidecar === undefined ? undefined : await readRawSidecar(sidecar.path, parts.files);
  if (sidecar !== undefined && raw !== undefined) {
    creates.unshift(renamedSidecar(raw, sidecar.path, record, to, renames));
  }
  return {
    plan: { kind: 'rename', moves: [{ from, to }], creates },
    renamed: [to, ...creates.map(({ path }) => path)],
  };
}

/** Old and new paths of the companions that are named after the model. */
function renamesOf(companions: readonly string[], from: string, to: string): Map<string, string> {
  const own = companions.filter((path) => nameOf(path).startsWith(`${stemOf(nameOf(from))}.`));
  return new Map(own.map((path) => [path, companionTarget(path, from, to)]));
}

const movesOf = (renames: ReadonlyMap<string, string>): PlannedMove[] =>
  Array.from(renames, ([from, to]) => ({ from, to }));

/** The sidecar under the new name: it names the model and its preview as they are called then. */
function renamedSidecar(
  { text, value }: RawSidecar,
  path: string,
  { entry }: CatalogRecord,
  to: string,
  renames: ReadonlyMap<string, string>,
): PlannedFile {
  const edited: JsonObject = { ...value, file_name: stemOf(nameOf(to)), file_path: to };
  const stated = value['preview_url'];
  const named = typeof stated === 'string' ? toForwardSlashes(stated) : '';
  const beside = named.includes('/') ? named : joinPath(folderOf(path), named);
  // A stated preview that is not there is no preview: the one that is shown is meant.
  const preview = named === '' ? undefined : (renames.get(beside) ?? renames.get(entry.preview_url));
  const content = sidecarText(preview === undefined ? edited : { ...edited, preview_url: preview }, text);
  return { path: companionTarget(path, entry.file_path, to), content };
}
