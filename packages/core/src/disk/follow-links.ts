import { realpathSync, statSync, type BigIntStats } from 'node:fs';
import { nameOf, isWithin, toForwardSlashes } from './normalise-path.js';
import type { FolderWalk, FoundLink, Trail, WalkContext } from './folder-walk.js';
import { fsErrorCode, fsErrorReason } from './fs-error.js';
import { isModelName } from './model-name.js';
import { isPreviewName } from './preview-discovery.js';

/** A link to a model file, with the file that it leads to. */
export interface ModelLink {
  readonly link: FoundLink;
  readonly realPath: string;
}

function leadsBack(target: string, from: Trail): boolean {
  for (let trail: Trail | null = from; trail !== null; trail = trail.via) {
    if (isWithin(target, trail.realPath)) return true;
  }
  return false;
}

/**
 * Follows every link that the walk met, and those met on the way; returns the links to model files.
 *
 * Invariant: a dead link, a loop and a link to another device each leave one row and disturb nothing else. What was known
 * behind a dead link is not missing. A link into a root that this scan leaves out is left alone.
 */
export function followLinks(walk: FolderWalk, context: WalkContext): ModelLink[] {
  const modelLinks: ModelLink[] = [];
  // The list grows while it is read: followed folders bring links of their own.
  for (const link of walk.links) {
    context.checkpoint();
    const target = resolveLink(link, context);
    if (target === undefined) continue;
    const { realPath, status } = target;
    if (status.isDirectory()) {
      followFolder(walk, context, link, target);
    } else if (status.isFile()) {
      link.folder.names.add(link.name);
      const isModel = isModelName(link.name, context.extensions) && !context.presence.isWithinLeftOut(realPath);
      if (isModel) {
        noteDevice(link, status, context);
        modelLinks.push({ link, realPath });
      }
      if (isModel || isPreviewName(link.name)) noteTarget(realPath, context);
    }
  }
  return modelLinks;
}

interface LinkTarget {
  readonly realPath: string;
  readonly status: BigIntStats;
}

function resolveLink(link: FoundLink, { report, extensions }: WalkContext): LinkTarget | undefined {
  try {
    const status = statSync(link.path, { bigint: true });
    return { status, realPath: toForwardSlashes(realpathSync.native(link.path)) };
  } catch (error) {
    const code = fsErrorCode(error);
    const reason = fsErrorReason(error);
    // It may lead to a drive that is not plugged in, which is no reason to forget its models.
    if (code === 'ENOENT' || code === 'ENOTDIR') report.unreadable('dead_link', link.path, 'The link leads nowhere.');
    else if (code === 'ELOOP') report.issue('link_loop', link.path, 'The link leads back to itself.');
    else {
      const kind = isModelName(link.name, extensions) ? 'file_unreadable' : 'folder_unreadable';
      report.unreadable(kind, link.path, `The link cannot be followed: ${reason}.`);
    }
    return undefined;
  }
}

function followFolder(walk: FolderWalk, context: WalkContext, link: FoundLink, target: LinkTarget): void {
  const { realPath, status } = target;
  if (context.skippedFolders.has(nameOf(realPath)) || context.presence.isWithinLeftOut(realPath)) return;
  if (leadsBack(realPath, link.place)) {
    context.report.issue('link_loop', link.path, 'The link leads back to a folder that contains it.');
    return;
  }
  noteDevice(link, status, context);
  noteTarget(realPath, context);
  walk.walk({ root: link.place.root, path: link.path, realPath, via: link.place });
}

function noteDevice(link: FoundLink, status: BigIntStats, { report }: WalkContext): void {
  if (status.dev === link.device) return;
  report.issue('cross_device_link', link.path, 'The link leads to another device; it was followed.');
}

function noteTarget(realPath: string, { report, presence }: WalkContext): void {
  if (!presence.contains(realPath)) report.linkTarget(realPath);
}
