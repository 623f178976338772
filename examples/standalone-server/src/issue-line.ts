import type { ModelLibrary } from '@modelshelf/core';

const shown = 3;

/** One line about what the scans stepped over: how much, and the first few; undefined when there was nothing. */
export async function issueLine(library: Pick<ModelLibrary, 'checkHealth'>): Promise<string | undefined> {
  const types = Object.values((await library.checkHealth()).models);
  const total = types.reduce((sum, { issues }) => sum + issues, 0);
  if (total === 0) return undefined;
  const first = types.flatMap(({ first_issues }) => first_issues).slice(0, shown);
  const texts = first.map(({ code, path, message }) => `${code} ${path} (${message})`);
  const text = [...texts, ...(total > first.length ? ['...'] : [])].join('; ').replaceAll(/\s+/g, ' ');
  return `scan issues: ${total}: ${text}`;
}
