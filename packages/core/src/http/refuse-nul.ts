import { ModelshelfError } from '../errors.js';

/** Deeper than any honest body, and far from where recursion over it would overflow the stack. */
const MAX_DEPTH = 64;

/**
 * Throws `validation_failed` when a value holds a NUL character in any text or key, or nests deeper than any route
 * needs: what comes after may hand the text to the file system, and walk the value recursively.
 */
export function refuseNul(name: string, value: unknown): void {
  if (name.includes('\0')) throw new ModelshelfError('validation_failed', 'a name holds a NUL character');
  if (typeof value === 'string') {
    if (value.includes('\0')) throw refusal(name, 'holds a NUL character');
  } else if (isWalked(value)) {
    let level: readonly unknown[] = [value];
    for (let depth = 1; level.length > 0; depth += 1) {
      if (depth > MAX_DEPTH) throw refusal(name, 'is nested too deeply');
      level = childrenOf(level, name);
    }
  }
}

function childrenOf(values: readonly unknown[], name: string): readonly object[] {
  const objects: object[] = [];
  const look = (value: unknown): void => {
    if (typeof value === 'string' && value.includes('\0')) throw refusal(name, 'holds a NUL character');
    if (isWalked(value)) objects.push(value);
  };
  for (const value of values) {
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, child] of Object.entries(value)) {
      look(key);
      look(child);
    }
  }
  return objects;
}

/** Bytes of a call in process hold no text, and one object for each of them would fill the memory. */
const isWalked = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);

const refusal = (name: string, what: string): ModelshelfError =>
  new ModelshelfError('validation_failed', `${name}: ${what}`, { details: [{ path: name, message: what }] });
