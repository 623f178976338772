/**
 * How alike two words are, 0 to 1: twice the length of their matching blocks by their lengths in code points, blocks found by
 * Ratcliff and Obershelp's recursion. The order counts: of equally long blocks the first in the part is taken.
 */
export function similarity(part: string, word: string): number {
  return similarityOfCodes(codePointsOf(part), codePointsOf(word));
}

/** {@link similarity} for texts taken apart before. */
export function similarityOfCodes(part: readonly number[], word: readonly number[]): number {
  const length = part.length + word.length;
  return length === 0 ? 1 : (2 * matchedLength(part, 0, part.length, word, 0, word.length)) / length;
}

/** The code points of a text. */
export function codePointsOf(text: string): number[] {
  const codes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) ?? 0;
    codes.push(code);
    if (code > 0xffff) at++;
  }
  return codes;
}

/** The length of all matching blocks: the longest one, and those left and right of it. */
function matchedLength(
  a: readonly number[],
  aFrom: number,
  aTo: number,
  b: readonly number[],
  bFrom: number,
  bTo: number,
): number {
  if (aFrom >= aTo || bFrom >= bTo) return 0;
  let longest = 0;
  let aEnd = 0;
  let bEnd = 0;
  // The lengths of the common runs that end at each place of b, for the place of a before.
  const runs = new Array<number>(bTo - bFrom + 1).fill(0);
  for (let i = aFrom; i < aTo; i++) {
    for (let j = bTo - 1, at = bTo - bFrom; j >= bFrom; j--, at--) {
      const run = a[i] === b[j] ? (runs[at - 1] ?? 0) + 1 : 0;
      runs[at] = run;
      // Places of b are walked backwards: among equals in one row the last one seen is the leftmost.
      if (run > longest || (run === longest && run > 0 && i + 1 === aEnd)) {
        longest = run;
        aEnd = i + 1;
        bEnd = j + 1;
      }
    }
  }
  if (longest === 0) return 0;
  return (
    longest +
    matchedLength(a, aFrom, aEnd - longest, b, bFrom, bEnd - longest) +
    matchedLength(a, aEnd, aTo, b, bEnd, bTo)
  );
}
