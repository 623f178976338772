import { extensionOf } from './normalise-path.js';

/** What tools put behind the name of a file until it is whole. */
const PARTIAL = ['.part', '.tmp', '.incomplete', '.crdownload'];

/** Control files of tools that fill the file itself: while `x.safetensors.aria2` is there, `x.safetensors` has holes. */
const CONTROL = ['.aria2', '.st'];

/**
 * Tells by its name whether a file is a model; the case of the extension does not count.
 *
 * Invariant: partial downloads are never models, whatever the configured extensions say.
 */
export function isModelName(name: string, extensions: ReadonlySet<string>): boolean {
  const extension = extensionOf(name);
  return extensions.has(extension) && !PARTIAL.includes(extension);
}

/** The name of the file that a download tool is filling when there is a file of this name; undefined for any other name. */
export function nameFilledBeside(name: string): string | undefined {
  const extension = extensionOf(name);
  return CONTROL.includes(extension) ? name.slice(0, -extension.length) : undefined;
}

/**
 * Tells whether an empty file only keeps the place of a download that goes on beside it. A file with content is whole:
 * what lies beside it then is the rest of another attempt.
 */
export function isPlaceholder(name: string, size: number, names: { has(name: string): boolean }): boolean {
  return size === 0 && PARTIAL.some((suffix) => names.has(name + suffix));
}
