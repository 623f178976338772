import { z } from 'zod';
import { isJsonObject } from './json.js';

/** How the folders of a model are named when nobody said it. */
export const DEFAULT_PATH_TEMPLATE = '{base_model}/{first_tag}';

/** The object that a JSON text stands for; anything else is handed on as it is. */
export function objectOfText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** Texts by name as a file may hold them: also as JSON in a text. What is no text is left out. */
export const storedTemplatesSchema = z.unknown().transform((value, context): Record<string, string> => {
  const map = objectOfText(value);
  if (isJsonObject(map)) return textsOf(map);
  context.addIssue({ code: 'custom', message: 'expected texts by name', input: value });
  return z.NEVER;
});

/** The members of an object that are texts. */
function textsOf(map: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts = Object.entries(map).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(texts);
}
