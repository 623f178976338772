import { deviceIn, holdsForbidden, MAX_NAME_BYTES } from '../../disk/portable-name.js';
import { ModelshelfError } from '../../errors.js';

/**
 * Throws `validation_failed` for a text that cannot be the name of a model without its extension on every common system.
 */
export function checkModelFileName(name: string): void {
  if (name.trim() === '') throw refused('New file name is required');
  if (holdsForbidden(name)) throw refused('Invalid characters in file name');
  if (/^[. ]|[. ]$/.test(name)) throw refused('The file name may not begin or end with a dot or a space');
  const device = deviceIn(name);
  if (device !== undefined) throw refused(`"${device}" is a reserved device name`);
}

/** Throws `validation_failed` for a file name, extension included, that file systems do not take. */
export function checkNameLength(fileName: string): void {
  if (Buffer.byteLength(fileName) <= MAX_NAME_BYTES) return;
  throw refused(`The file name is too long: with its suffix it has more than ${String(MAX_NAME_BYTES)} bytes`);
}

function refused(message: string): ModelshelfError {
  return new ModelshelfError('validation_failed', message);
}
