/** FNV-1a over UTF-16 code units: spreads paths well enough for a shuffle, and is the same on every machine. */
function hash32(text: string, start: number): number {
  let hash = start;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

const ID_RANGE = 2 ** 21;

/**
 * A seeded shuffle: the same seed over the same paths gives the same order, whatever order they came in.
 *
 * Each id is packed below its 32-bit hash into one double, so that a numeric sort does the work; ids above two million
 * fall back to comparing pairs.
 */
export function shuffledOrder(ids: Uint32Array, pathOf: (id: number) => string, seed: string): Uint32Array {
  const start = hash32(seed, 0x811c9dc5);
  if (ids.every((id) => id < ID_RANGE)) {
    const packed = Float64Array.from(ids, (id) => hash32(pathOf(id), start) * ID_RANGE + id).sort();
    return Uint32Array.from(packed, (value) => value % ID_RANGE);
  }
  const pairs = Array.from(ids, (id) => ({ id, hash: hash32(pathOf(id), start) }));
  return Uint32Array.from(
    pairs.sort((a, b) => a.hash - b.hash || a.id - b.id),
    ({ id }) => id,
  );
}
