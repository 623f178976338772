import { FolderWalk, type FolderPlace, type WalkContext } from './folder-walk.js';
import { followLinks, type ModelLink } from './follow-links.js';
import type { FoundFolder, FoundModel } from './found-folder.js';
import { isWithin, selfAndAncestors } from './normalise-path.js';
import type { ScanJob } from './scan-job.js';
import type { ModelRoot } from '../shapes/scan.js';

/** Model files grouped by folder, in path order of discovery. */
export interface WalkResult {
  readonly folders: readonly FoundFolder[];
  readonly counted: number;
}

/**
 * Finds every model file below the roots, by listing folders only.
 *
 * Invariant: one physical file is found once, where it lies rather than where a link shows it; the other paths are its
 * aliases. Hard links are files of their own. Of nested roots the most specific one owns a file, whatever their order.
 */
export function walkRoots(job: ScanJob, context: WalkContext): WalkResult {
  const walk = new FolderWalk(context);
  for (const start of innermostFirst(rootPlaces(job, context))) walk.walk(start);
  placeModelLinks(walk, followLinks(walk, context));
  noteAliases(walk);
  for (const root of job.roots) {
    if (context.presence.identities.has(root.id)) checkEmptied(root, walk, job, context);
  }
  const folders = walk.folders.filter((folder) => folder.models.length > 0);
  return { folders, counted: folders.reduce((sum, folder) => sum + folder.models.length, 0) };
}

function rootPlaces(job: ScanJob, context: WalkContext): FolderPlace[] {
  const places: FolderPlace[] = [];
  const only = job.only === undefined ? undefined : new Set(job.only);
  for (const root of job.roots) {
    context.checkpoint();
    if (only?.has(root.id) === false) {
      context.presence.leaveOut(root);
      continue;
    }
    const realPath = context.presence.enter(root);
    if (realPath !== undefined) places.push({ root, path: root.path, realPath, via: null });
  }
  return places;
}

/** The places in their order, but what lies within another one before it: a folder belongs to who lists it first. */
function innermostFirst(places: readonly FolderPlace[]): Iterable<FolderPlace> {
  const deepestFirst = [...places].sort((a, b) => b.realPath.length - a.realPath.length);
  return new Set(places.flatMap((outer) => deepestFirst.filter((inner) => isWithin(outer.realPath, inner.realPath))));
}

/**
 * A root without models whose models are known was emptied, went away during the walk, or is the mount point of a drive
 * that is not mounted: only in the first case are its models missing.
 */
function checkEmptied(root: ModelRoot, walk: FolderWalk, job: ScanJob, { presence }: WalkContext): void {
  if (walk.folders.some((folder) => folder.root.id === root.id && folder.models.length > 0)) return;
  if (!(job.known ?? []).some(([path]) => isWithin(root.path, path)) || !presence.isThere(root)) return;
  const before = job.rootIdentities?.[root.id];
  if (before !== presence.identities.get(root.id)) presence.isAnotherFolder(root);
}

function* modelsOf(walk: FolderWalk): Iterable<FoundModel> {
  for (const folder of walk.folders) yield* folder.models;
}

/** A link to a listed file is an alias of it; a link to any other file is a model where the link is. */
function placeModelLinks(walk: FolderWalk, links: readonly ModelLink[]): void {
  if (links.length === 0) return;
  const byRealPath = new Map<string, FoundModel>();
  for (const model of modelsOf(walk)) byRealPath.set(model.realPath, model);
  for (const { link, realPath } of links) {
    const listed = byRealPath.get(realPath);
    if (listed !== undefined) {
      listed.aliases.push(link.path);
      continue;
    }
    const model: FoundModel = { name: link.name, path: link.path, realPath, aliases: [] };
    byRealPath.set(realPath, model);
    link.folder.models.push(model);
  }
}

/** A folder that several paths lead to gives each of its models as many aliases; links below links count once. */
function noteAliases(walk: FolderWalk): void {
  if (walk.otherPaths.size === 0) return;
  for (const model of modelsOf(walk)) {
    for (const folder of selfAndAncestors(model.realPath)) {
      for (const other of walk.otherPaths.get(folder) ?? []) {
        const alias = other + model.realPath.slice(folder.length);
        if (alias !== model.path && !model.aliases.includes(alias)) model.aliases.push(alias);
      }
    }
  }
}
