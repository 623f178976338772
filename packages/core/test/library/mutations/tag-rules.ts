// What becomes of tags, in the words of the specification.

export const lowered = (tags: readonly string[]): string[] => [
  ...new Set(tags.map((tag) => tag.trim().toLowerCase()).filter((tag) => tag !== '')),
];

export const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

export const withTags = (before: readonly string[], added: readonly string[]): string[] => {
  const all = [...before];
  for (const tag of lowered(added)) if (!all.some((each) => each.toLowerCase() === tag)) all.push(tag);
  return all;
};
