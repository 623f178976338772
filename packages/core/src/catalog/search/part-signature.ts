/** What is known of a part without looking at it: enough to tell most parts from most words. */
export interface PartSignature {
  /** In code points, at most 65,535. */
  readonly length: number;
  /** One bit for each character, some sharing theirs. */
  readonly letters: number;
  /** One bit for each pair of neighbours, most sharing theirs. */
  readonly pairs: number;
}

/** Works out the signature of a part. */
export function signatureOf(part: string): PartSignature {
  let [length, letters, pairs, before] = [0, 0, 0, 0];
  for (let at = 0; at < part.length; at++) {
    const code = part.codePointAt(at) ?? 0;
    letters |= 1 << letterClass(code);
    if (length > 0) pairs |= 1 << (Math.imul((before << 8) ^ code, 0x9e3779b1) >>> 27);
    before = code;
    length++;
    if (code > 0xffff) at++;
  }
  return { length: Math.min(length, 0xffff), letters, pairs };
}

/** Letters keep apart from each other and from digits, which many parts consist of. */
function letterClass(code: number): number {
  return code >= 48 && code <= 57 ? 27 + (code % 5) : code & 31;
}

/** How many bits are set. */
export function bitCount(bits: number): number {
  let count = bits - ((bits >>> 1) & 0x55555555);
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return Math.imul((count + (count >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
