/** What the name of a file may not hold on some system that the file may be moved to; control characters as well. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const FORBIDDEN = /[/\\:*?"<>|\u0000-\u001f\u007f]/;

/** Half of a surrogate pair cannot be written as UTF-8. */
const HALF_CHARACTER = /[\ud800-\udfff]/u;

/** Names that mean a device on Windows, whatever follows their first dot. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])$/i;

/** What common file systems take. */
export const MAX_NAME_BYTES = 255;

/** Whether a name holds a character that some common system does not take in the name of a file. */
export function holdsForbidden(name: string): boolean {
  return FORBIDDEN.test(name) || HALF_CHARACTER.test(name);
}

/** The part of a name that means a device on Windows; undefined when there is none. */
export function deviceIn(name: string): string | undefined {
  const [first = ''] = name.split('.');
  return DEVICE.test(first.trim()) ? first : undefined;
}

/** Whether every common system takes a name for a new folder, and keeps it as it is. */
export function isPortableFolderName(name: string): boolean {
  if (holdsForbidden(name) || deviceIn(name) !== undefined) return false;
  return !/^$|[. ]$/.test(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES;
}
