import { ModelshelfError } from '../../errors.js';

/** What the name of a file may not hold on some system that the file may be moved to; control characters as well. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const FORBIDDEN = /[/\\:*?"<>|\u0000-\u001f\u007f]/;

/** Half of a surrogate pair cannot be written as UTF-8. */
const HALF_CHARACTER = /[\ud800-\udfff]/u;

/** Names that mean a device on Windows, whatever follows their first dot. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])$/i;

/** What common file systems take. */
const MAX_NAME_BYTES = 255;

/**
 * Throws `validation_failed` for a text that cannot be the name of a model without its extension on every common system.
 */
export function checkModelFileName(name: string): void {
  if (name.trim() === '') throw refused('New file name is required');
  if (FORBIDDEN.test(name) || HALF_CHARACTER.test(name)) throw refused('Invalid characters in file name');
  if (/^[. ]|[. ]$/.test(name)) throw refused('The file name may not begin or end with a dot or a space');
  const [first = ''] = name.split('.');
  if (DEVICE.test(first.trim())) throw refused(`"${first}" is a reserved device name`);
}

/** Throws `validation_failed` for a file name, extension included, that file systems do not take. */
export function checkNameLength(fileName: string): void {
  if (Buffer.byteLength(fileName) <= MAX_NAME_BYTES) return;
  throw refused(`The file name is too long: with its suffix it has more than ${String(MAX_NAME_BYTES)} bytes`);
}

function refused(message: string): ModelshelfError {
  return new ModelshelfError('validation_failed', message);
}
