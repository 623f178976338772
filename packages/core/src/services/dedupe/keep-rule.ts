import type { CatalogRecord } from '../../catalog/catalog-record.js';
import { isWithin } from '../../disk/normalise-path.js';

/** Which of several equal files stays. */
export type KeepRule = 'oldest' | 'newest' | 'shortest_path' | 'preferred_folder' | 'with_metadata';

/** A rule with what it needs. */
export interface Keeping {
  readonly rule: KeepRule;
  /** Folders in which a copy is kept, the most preferred first; absolute, `/` separators. */
  readonly preferredFolders: readonly string[];
}

type Rank = (record: CatalogRecord) => number;

/**
 * The file that stays. Between equal ones the older, then the one with the shorter path. Undefined when the rule names
 * none: no copy lies in a preferred folder.
 */
export function keptOf(
  records: readonly CatalogRecord[],
  { rule, preferredFolders }: Keeping,
): CatalogRecord | undefined {
  const [best] = [...records].sort(byRanks([rankOf(rule, preferredFolders), age, pathLength]));
  if (best === undefined) return undefined;
  return rule === 'preferred_folder' && folderRank(best, preferredFolders) === preferredFolders.length
    ? undefined
    : best;
}

/** What makes a file the better one, the smallest first. */
function rankOf(rule: KeepRule, folders: readonly string[]): Rank {
  switch (rule) {
    case 'oldest':
      return age;
    case 'newest':
      return (record) => -age(record);
    case 'shortest_path':
      return pathLength;
    case 'preferred_folder':
      return (record) => folderRank(record, folders);
    case 'with_metadata':
      return (record) => -metadataOf(record);
  }
}

const age: Rank = ({ entry }) => entry.modified;
const pathLength: Rank = ({ entry }) => entry.file_path.length;

function folderRank({ entry }: CatalogRecord, folders: readonly string[]): number {
  const at = folders.findIndex((folder) => isWithin(folder, entry.file_path));
  return at === -1 ? folders.length : at;
}

/** How much is known of a model: what the user wrote weighs most. */
function metadataOf({ entry, origin }: CatalogRecord): number {
  const written = [entry.notes !== '', entry.favorite, entry.tags.length > 0].filter(Boolean).length;
  const known = [origin !== 'none', entry.civitai !== null, entry.preview_url !== ''].filter(Boolean).length;
  return written * 10 + known;
}

function byRanks(ranks: readonly Rank[]): (a: CatalogRecord, b: CatalogRecord) => number {
  return (a, b) => {
    for (const rank of ranks) {
      const order = rank(a) - rank(b);
      if (order !== 0) return order;
    }
    return a.entry.file_path < b.entry.file_path ? -1 : 1;
  };
}
