import { joinPath, nameOf, stemOf } from '../../disk/normalise-path.js';

/**
 * The paths that a model may get in a folder, best first, without end: its own name, the name with the first four
 * characters of its digest, and that with a number.
 */
export function* namesIn(
  folder: string,
  model: { readonly file_path: string; readonly sha256: string },
): Iterable<string> {
  const name = nameOf(model.file_path);
  const stem = stemOf(name);
  const extension = name.slice(stem.length);
  const distinct = `${stem}-${(model.sha256 || '0000').slice(0, 4)}`;
  yield joinPath(folder, name);
  yield joinPath(folder, distinct + extension);
  for (let number = 1; ; number += 1) yield joinPath(folder, `${distinct}-${String(number)}${extension}`);
}
