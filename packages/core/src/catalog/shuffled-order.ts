/** FNV-1a over UTF-16 code units: spreads paths well enough for a shuffle, and is the same on every machine. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** Spreads every bit of the seed and of the path over the result. */
function mixed(hash: number, seed: number): number {
  let mix = Math.imul(hash ^ seed, 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13) ^ Math.imul(seed, 0x27d4eb2f), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}

const PLACES = 2 ** 21;

/**
 * A seeded shuffle: the same seed over the same paths gives the same order, whatever order they came in.
 *
 * Each place in the given order is packed below its 32-bit hash into one double, so that a numeric sort does the work;
 * places above two million fall back to comparing pairs.
 *
 * @param ids In an order that depends on the models only: it decides between equal hashes.
 */
export function shuffledOrder(ids: Uint32Array, pathHashOf: (id: number) => number, seed: string): Uint32Array {
  const start = hash32(seed);
  if (ids.length <= PLACES) {
    const packed = Float64Array.from(ids, (id, place) => mixed(pathHashOf(id), start) * PLACES + place).sort();
    return Uint32Array.from(packed, (value) => ids[value % PLACES] ?? 0);
  }
  const pairs = Array.from(ids, (id) => ({ id, hash: mixed(pathHashOf(id), start) }));
  return Uint32Array.from(
    pairs.sort((a, b) => a.hash - b.hash),
    ({ id }) => id,
  );
}
