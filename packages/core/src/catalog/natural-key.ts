/** Maps UTF-16 code units so that `<` compares by code point: surrogates sort above the rest of the first plane. */
function byCodePoint(text: string): string {
  return text.replace(/[\ud800-\uffff]/g, (unit) => {
    const code = unit.charCodeAt(0);
    return String.fromCharCode(code >= 0xe000 ? code - 0x800 : code + 0x2000);
  });
}

/**
 * A key whose plain comparison is the natural order of a text: digit runs compare as numbers, other runs by code point,
 * and a digit run comes before any letter (`1gamma` < `_dup` < `alpha 2` < `alpha 10`).
 *
 * Source: docs/behaviour.md, "Sorting".
 */
export function naturalKey(text: string): string {
  const plain = byCodePoint(text.replaceAll('\0', ''));
  return plain.replace(/\d+/g, (digits) => {
    const number = digits.replace(/^0+(?=\d)/, '');
    return `\0${String.fromCharCode(number.length)}${number}`;
  });
}

/** A key whose plain comparison is the order by code point. */
export const plainKey = byCodePoint;
