import type { CatalogEntry } from '../shapes/catalog-entry.js';
import type { FileSignature, ScannedModel } from '../shapes/scan.js';

/** Whether a file kept its size, time and inode. */
export function isSameFile(a: FileSignature | null, b: FileSignature | null): boolean {
  return a?.size === b?.size && a?.mtimeMs === b?.mtimeMs && a?.ino === b?.ino;
}

/** Whether a scan found nothing new about a model. */
export function isSameModel(known: ScannedModel, found: ScannedModel): boolean {
  return (
    known.root === found.root &&
    known.origin === found.origin &&
    known.digest === found.digest &&
    known.stamp === found.stamp &&
    isSameFile(known.file, found.file) &&
    isSameFile(known.sidecar, found.sidecar) &&
    isSameList(known.aliases, found.aliases) &&
    isSameEntry(known.entry, found.entry)
  );
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, at) => text === b[at]);
}

function isSameEntry(known: CatalogEntry, found: CatalogEntry): boolean {
  const { tags, civitai, ...rest } = known;
  const other: Readonly<Record<string, unknown>> = found;
  return (
    isSameList(tags, found.tags) &&
    known.sub_type === found.sub_type &&
    Object.entries(rest).every(([member, value]) => other[member] === value) &&
    JSON.stringify(civitai) === JSON.stringify(found.civitai)
  );
}
