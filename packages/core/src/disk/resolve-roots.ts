import { realpath } from 'node:fs/promises';
import { ModelshelfError } from '../errors.js';
import { silentLogger, type Logger } from '../ports/logger.js';
import { DEFAULT_SCAN_POLICY, type ConfiguredFolder, type RootScanPolicy } from '../shapes/root-scan-policy.js';
import type { ModelRoot } from '../shapes/scan.js';
import { absolutePath, expandHome, toForwardSlashes } from './normalise-path.js';

/** A group of configured folders, and what lies in them when the folder decides it. */
export interface RootCategory {
  readonly category: string;
  readonly subType: string | null;
}

/** Folders by category; those of `extra` come after all of `primary`. */
export interface RootFolders {
  readonly primary: Readonly<Record<string, readonly ConfiguredFolder[] | undefined>>;
  readonly extra: Readonly<Record<string, readonly ConfiguredFolder[] | undefined>>;
}

/**
 * Makes the roots of one model type of configured folders: absolute, each real folder once, the first spelling wins and
 * the logger hears of the others. A folder that does not exist stays in the list, because a drive that is not plugged in
 * is no reason to forget its models. A leading `~` is the home folder. A folder may say when it is to be scanned.
 *
 * Invariant: an id is `<category>-<position in the configuration>`, so leaving a folder out changes no other id.
 *
 * Rejects with `invalid_configuration` for a path that can be none.
 */
export async function resolveRoots(
  categories: readonly RootCategory[],
  folders: RootFolders,
  logger: Logger = silentLogger,
): Promise<ModelRoot[]> {
  const byRealPath = new Map<string, ModelRoot>();
  for (const root of configuredRoots(categories, folders)) {
    const realPath = await realPathOf(root.path);
    const first = byRealPath.get(realPath);
    if (first === undefined) byRealPath.set(realPath, root);
    else logger.warn('A root is the same folder as another one and was left out.', { root, first });
  }
  return [...byRealPath.values()];
}

function* configuredRoots(categories: readonly RootCategory[], { primary, extra }: RootFolders): Iterable<ModelRoot> {
  for (const { category, subType } of categories) yield* rootsOf(category, subType, primary[category] ?? [], 0);
  for (const { category, subType } of categories) {
    yield* rootsOf(category, subType, extra[category] ?? [], primary[category]?.length ?? 0);
  }
}

function* rootsOf(
  category: string,
  subType: string | null,
  folders: readonly ConfiguredFolder[],
  from: number,
): Iterable<ModelRoot> {
  for (const [position, folder] of folders.entries()) {
    const { path, policy, readOnly } =
      typeof folder === 'string'
        ? { path: folder }
        : { path: folder.path, policy: policyOf(folder), readOnly: folder.readOnly };
    if (path.trim() === '' || path.includes('\0')) {
      throw new ModelshelfError('invalid_configuration', `A folder of "${category}" is empty or no path.`);
    }
    const id = `${category}-${String(from + position)}`;
    yield {
      id,
      path: absolutePath(expandHome(path)),
      subType,
      ...(policy && { scan: policy }),
      ...(readOnly === true && { readOnly }),
    };
  }
}

/** Undefined where the default holds, so that saying it changes nothing. */
function policyOf({ scan, everySeconds }: Exclude<ConfiguredFolder, string>): RootScanPolicy | undefined {
  if (scan === undefined || scan === DEFAULT_SCAN_POLICY.mode) return undefined;
  return { mode: scan, ...(everySeconds !== undefined && { everySeconds }) };
}

async function realPathOf(path: string): Promise<string> {
  try {
    return toForwardSlashes(await realpath(path));
  } catch {
    return path;
  }
}
