import { isModelName } from './model-name.js';
import { extensionOf } from './normalise-path.js';
import { isPreviewName } from './preview-discovery.js';

/** Sidecars, our own and other tools'. */
const SIDECAR_EXTENSIONS = new Set(['.json', '.info']);

/**
 * Makes the test by name of whether a changed file may change what a scan finds: models, sidecars and previews do, the
 * partial file of a download does not.
 */
export function createWatchedNames(modelExtensions: readonly string[]): (name: string) => boolean {
  const extensions = new Set(modelExtensions);
  return (name) => isModelName(name, extensions) || SIDECAR_EXTENSIONS.has(extensionOf(name)) || isPreviewName(name);
}
