import { isJsonObject } from '../shapes/json.js';
import type { Sidecar } from '../shapes/sidecar.js';
import { checkSidecar } from './sidecar-file.js';

/** The members of a file of another tool: nothing is known of their types. */
export type ForeignFields = { readonly [key: string]: unknown };

/** The model that such a file lies beside. */
export interface ForeignModel {
  readonly stem: string;
  readonly path: string;
  readonly size: number;
}

/** The text, trimmed; empty for everything that is none. */
export const textIn = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

/** A positive whole number; undefined for everything else. */
export function idIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/** The texts of a list, blanks left out; one text is split at its commas. */
export function textsIn(value: unknown): string[] {
  const parts: readonly unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [];
  return parts.map(textIn).filter((part) => part !== '');
}

/** Without the members that say nothing. */
export function present(fields: ForeignFields): ForeignFields {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) =>
        value !== undefined &&
        value !== '' &&
        !(Array.isArray(value) && value.length === 0) &&
        !(isJsonObject(value) && Object.keys(value).length === 0),
    ),
  );
}

/** A sidecar about a model with these members, the remote version object apart; it states no digest. */
export function foreignSidecar(
  model: ForeignModel,
  fields: ForeignFields,
  civitai: ForeignFields,
): Sidecar | undefined {
  const remote = present(civitai);
  const built = checkSidecar({
    file_name: model.stem,
    model_name: model.stem,
    file_path: model.path,
    size: model.size,
    modified: 0,
    sha256: '',
    ...present(fields),
    civitai: Object.keys(remote).length === 0 ? null : remote,
  });
  return built.kind === 'ok' ? built.sidecar : undefined;
}
