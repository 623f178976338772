import { extensionOf } from './normalise-path.js';

/** What follows the stem in the name of a preview; the first that exists wins. */
export const PREVIEW_SUFFIXES: readonly string[] = [
  '.webp',
  '.preview.webp',
  '.preview.png',
  '.preview.jpeg',
  '.preview.jpg',
  '.preview.mp4',
  '.png',
  '.jpeg',
  '.jpg',
  '.mp4',
  '.gif',
  '.webm',
  '.avif',
  '.jxl',
  '.example.0.jpeg',
];

/** Extensions that a preview may have, in lower case, and the content type that each is served as. */
export const PREVIEW_CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['.webp', 'image/webp'],
  ['.png', 'image/png'],
  ['.jpeg', 'image/jpeg'],
  ['.jpg', 'image/jpeg'],
  ['.gif', 'image/gif'],
  ['.avif', 'image/avif'],
  ['.jxl', 'image/jxl'],
  ['.mp4', 'video/mp4'],
  ['.webm', 'video/webm'],
]);

/** Tells by its name whether a file may be a preview. */
export function isPreviewName(name: string): boolean {
  return PREVIEW_CONTENT_TYPES.has(extensionOf(name));
}

/** The file names of one folder, as one directory listing gave them. */
export class FolderNames {
  readonly #names: Set<string>;
  #byLowerCase: Map<string, string> | undefined;

  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
  }

  add(name: string): void {
    this.#names.add(name);
    this.#byLowerCase = undefined;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** The name as it is on disk that equals this one when case does not count. */
  findAnyCase(name: string): string | undefined {
    if (this.#byLowerCase === undefined) {
      this.#byLowerCase = new Map();
      // Only previews are looked up in this way, and the first of two names that differ in case wins.
      for (const own of this.#names) {
        const key = own.toLowerCase();
        if (isPreviewName(own) && !this.#byLowerCase.has(key)) this.#byLowerCase.set(key, own);
      }
    }
    return this.#byLowerCase.size === 0 ? undefined : this.#byLowerCase.get(name.toLowerCase());
  }
}

/**
 * The name of a model's preview among the names of its folder; undefined when there is none. The exact case goes first
 * for the whole list of suffixes, then any case.
 */
export function discoverPreview(stem: string, names: FolderNames): string | undefined {
  for (const suffix of PREVIEW_SUFFIXES) if (names.has(stem + suffix)) return stem + suffix;
  for (const suffix of PREVIEW_SUFFIXES) {
    const found = names.findAnyCase(stem + suffix);
    if (found !== undefined) return found;
  }
  return undefined;
}
