/** A part of a shell pattern: one of these characters, any one, or any number of any. */
type Part = '*' | '?' | ((character: string) => boolean);

/** Decides by its paths whether a model is left where it is. */
export interface Exclusions {
  /** @param texts What the patterns are compared with: name, path below the root, whole path. */
  excludes(...texts: readonly string[]): boolean;
}

/** The patterns of a text or a list: split at newlines, `;` and `,` when it is one text, trimmed, each once. */
export function exclusionPatterns(given: string | readonly string[] | null): string[] {
  const texts = typeof given === 'string' ? given.split(/[\n;,]/) : (given ?? []);
  return [...new Set(texts.map((text) => text.trim()).filter((text) => text !== ''))];
}

/**
 * Exclusions by shell patterns: `*` stands for any text, separators too, `?` for one character, `[…]` for one of several
 * and `[!…]` for any other. Case counts where it counts in file names.
 *
 * Invariant: the time of a comparison never exceeds the length of pattern and text multiplied.
 */
export function exclusionsOf(
  patterns: readonly string[],
  { ignoreCase = process.platform === 'win32' }: { readonly ignoreCase?: boolean } = {},
): Exclusions {
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  const compiled = patterns.map((pattern) => partsOf(fold(pattern)));
  return {
    excludes: (...texts) => {
      if (compiled.length === 0) return false;
      const folded = texts.map((text) => Array.from(fold(text)));
      return compiled.some((parts) => folded.some((text) => matches(parts, text)));
    },
  };
}

/** Only the last `*` is ever taken up again: whatever an earlier one could take, the later one can take too. */
function matches(parts: readonly Part[], text: readonly string[]): boolean {
  let [at, part] = [0, 0];
  let retry: { at: number; part: number } | undefined;
  while (at < text.length) {
    const wanted = parts[part];
    const character = text[at] ?? '';
    if (wanted === '*') {
      retry = { at, part: part + 1 };
      part += 1;
    } else if (wanted === '?' || (typeof wanted === 'function' && wanted(character))) {
      at += 1;
      part += 1;
    } else if (retry !== undefined) {
      retry.at += 1;
      at = retry.at;
      part = retry.part;
    } else {
      return false;
    }
  }
  return parts.slice(part).every((rest) => rest === '*');
}

function partsOf(pattern: string): Part[] {
  const characters = Array.from(pattern);
  const lastClosing = characters.lastIndexOf(']');
  const parts: Part[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    // Without the bound, every `[` that nothing closes would be looked behind to the end.
    const end = character === '[' && at < lastClosing ? endOfSet(characters, at) : -1;
    if (end >= 0) {
      parts.push(setOf(characters.slice(at + 1, end)));
      at = end;
    } else if (character === '*') {
      if (parts.at(-1) !== '*') parts.push('*');
    } else {
      parts.push(character === '?' ? '?' : (other) => other === character);
    }
  }
  return parts;
}

/** Where a `[` that begins a set ends; -1 for one that stands for itself. A `]` that comes first belongs to the set. */
function endOfSet(characters: readonly string[], open: number): number {
  const first = characters[open + 1] === '!' ? open + 2 : open + 1;
  return characters.indexOf(']', first + 1);
}

function setOf(inside: readonly string[]): Part {
  const negated = inside[0] === '!';
  const members = negated ? inside.slice(1) : inside;
  const singles = new Set<string>();
  const ranges: (readonly [string, string])[] = [];
  for (let at = 0; at < members.length; at += 1) {
    const member = members[at] ?? '';
    const last = members[at + 2];
    if (members[at + 1] === '-' && last !== undefined) {
      ranges.push([member, last]);
      at += 2;
    } else {
      singles.add(member);
    }
  }
  return (character) =>
    (singles.has(character) || ranges.some(([from, to]) => from <= character && character <= to)) !== negated;
}
