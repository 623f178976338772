import { KNOWN_BASE_MODELS } from './known-base-models.js';

/**
 * The entries of a list that people also write as text: text is split at line ends, `;` and `,`, a list is taken as it is.
 * Trimmed, without empty ones and repeats; what is no text is left out.
 */
export function splitEntries(value: unknown): string[] {
  const entries: unknown[] = typeof value === 'string' ? value.split(/[\n;,]/) : Array.isArray(value) ? value : [];
  const texts = entries.filter((entry) => typeof entry === 'string').map((entry) => entry.trim());
  return [...new Set(texts.filter((entry) => entry !== ''))];
}

/** The same of folders below a root: `/` separators, none at the ends. */
export function splitFolders(value: unknown): string[] {
  const folders = splitEntries(value).map((entry) => entry.replaceAll('\\', '/').replace(/^[\s/]+|[\s/]+$/g, ''));
  return [...new Set(folders.filter((folder) => folder !== ''))];
}

const known = new Map(KNOWN_BASE_MODELS.map((name) => [name.toLowerCase(), name]));

/** The same of base models: those that are known, as they are usually spelled. */
export function splitBaseModels(value: unknown): string[] {
  return [...new Set(splitEntries(value).flatMap((entry) => known.get(entry.toLowerCase()) ?? []))];
}
