import { deviceIn } from '../../disk/portable-name.js';

// Control characters are among what is replaced.
// eslint-disable-next-line no-control-regex
const UNFIT = /[<>:"/\\|?*\u0000-\u001f]/g;

/**
 * A text as one component of a path: fit for every common file system; `unnamed` where nothing is left of it, and empty
 * for an empty one.
 *
 * Invariant: the result holds no separator, is neither `.` nor `..`, and sanitising it again changes nothing.
 *
 * @example
 * sanitizeName('Fancy:Model*') // 'Fancy_Model'
 */
export function sanitizeName(name: string): string {
  if (name === '') return '';
  const fit = name.replace(UNFIT, '_').trim().replace(/_+/g, '_');
  const from = leadingOf(fit);
  const end = trailingOf(fit);
  return from < end ? withoutDevice(fit.slice(from, end)) : 'unnamed';
}

/** `con.v2` would be a device on Windows, `con_.v2` is none. */
function withoutDevice(name: string): string {
  const device = deviceIn(name);
  return device === undefined ? name : `${device}_${name.slice(device.length)}`;
}

// By hand and not by `/[\s._]+$/`: that takes quadratic time on a name of many dots with something behind them.
function trailingOf(text: string): number {
  let end = text.length;
  while (end > 0 && isTrailing(text.charAt(end - 1))) end--;
  return end;
}

function leadingOf(text: string): number {
  let from = 0;
  while (from < text.length && isBlank(text.charAt(from))) from++;
  return from;
}

const isBlank = (character: string): boolean => character === '_' || character.trim() === '';
const isTrailing = (character: string): boolean => character === '.' || isBlank(character);
