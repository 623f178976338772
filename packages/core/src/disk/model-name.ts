import { extensionOf } from './normalise-path.js';

const PARTIAL = new Set(['.part', '.tmp', '.incomplete', '.crdownload']);

/**
 * Tells by its name whether a file is a model; the case of the extension does not count.
 *
 * Invariant: partial downloads are never models, whatever the configured extensions say.
 */
export function isModelName(name: string, extensions: ReadonlySet<string>): boolean {
  const extension = extensionOf(name);
  return extensions.has(extension) && !PARTIAL.has(extension);
}
