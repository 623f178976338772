const BLANK = /\s/;

/** The whitespace-separated parts of a text. */
export function wordsOf(text: string): string[] {
  if (!BLANK.test(text)) return text === '' ? [] : [text];
  return text.split(/\s+/).filter((word) => word !== '');
}
