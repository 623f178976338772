/** Numbers that are the same in every run: a function that draws the next one below a bound. */
export function seededNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** An error in a few lines, with what was found of what was expected. */
export function toldOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const actual: unknown = 'actual' in error ? error.actual : undefined;
  const found = actual === undefined ? '' : ` ${typeof actual === 'string' ? actual : JSON.stringify(actual)}`;
  return `${error.message}${found}`.slice(0, 600);
}
