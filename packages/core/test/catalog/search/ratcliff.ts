/** The spec's ratio, written down as plainly as it goes: the oracle of the fuzzy tests. */
export function naiveRatio(part: string, word: string): number {
  const [a, b] = [[...part], [...word]];
  return a.length + b.length === 0 ? 1 : (2 * matched(a, b)) / (a.length + b.length);
}

function matched(a: readonly string[], b: readonly string[]): number {
  let best = { size: 0, i: 0, j: 0 };
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) {
      let size = 0;
      while (i + size < a.length && j + size < b.length && a[i + size] === b[j + size]) size++;
      if (size > best.size) best = { size, i, j };
    }
  }
  const { size, i, j } = best;
  if (size === 0) return 0;
  return size + matched(a.slice(0, i), b.slice(0, j)) + matched(a.slice(i + size), b.slice(j + size));
}

/** Fuzzy mode for one text. */
export function naiveFuzzy(text: string, pattern: string): boolean {
  const words = (of: string): string[] => of.split(/\s+/).filter((word) => word !== '');
  if (text === '' || pattern === '') return false;
  return words(pattern).every(
    (word) => text.includes(word) || words(text).some((part) => naiveRatio(part, word) >= 0.85),
  );
}
