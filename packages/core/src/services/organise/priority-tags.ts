/** A tag that models are filed under, and the tags that mean it; all in lower case but `canonical`. */
export interface PriorityTag {
  readonly canonical: string;
  readonly aliases: ReadonlySet<string>;
}

/** What every model type begins with. */
export const DEFAULT_PRIORITY_TAGS =
  'character, concept, clothing, realistic, anime, toon, furry, style, poses, background, tool, vehicle, buildings, ' +
  'objects, assets, animal, action';

/**
 * Reads a list of priority tags: entries between commas or newlines, each `canonical` or `canonical(alias|alias)`. Of two
 * entries with the same canonical the first counts; an entry with an open parenthesis is taken without its parentheses.
 *
 * @example
 * parsePriorityTags('Real(realism|photo), anime')
 */
export function parsePriorityTags(text: string): PriorityTag[] {
  const byName = new Map<string, PriorityTag>();
  for (const part of text.split(/[,\n]/)) {
    const { canonical, aliases } = readEntry(part.trim());
    const key = canonical.toLowerCase();
    if (canonical === '' || byName.has(key)) continue;
    byName.set(key, { canonical, aliases: new Set([canonical, ...aliases].map((each) => each.toLowerCase())) });
  }
  return [...byName.values()];
}

function readEntry(text: string): { canonical: string; aliases: readonly string[] } {
  const open = text.indexOf('(');
  if (open < 0) return { canonical: text, aliases: [] };
  if (!text.endsWith(')')) return { canonical: text.replace(/[()]/g, '').trim(), aliases: [] };
  const aliases = text.slice(open + 1, -1).split('|');
  return {
    canonical: text.slice(0, open).trim(),
    aliases: aliases.map((alias) => alias.trim()).filter((alias) => alias !== ''),
  };
}

/**
 * The tag that a model is filed under: the canonical of the first entry that means one of its tags, else its first tag
 * in lower case; empty for a model without tags.
 */
export function priorityTagOf(tags: readonly string[], priorities: readonly PriorityTag[]): string {
  const own = tags.map((tag) => tag.toLowerCase());
  const first = priorities.find(({ aliases }) => own.some((tag) => aliases.has(tag)));
  return first?.canonical ?? own.find((tag) => tag !== '') ?? '';
}
