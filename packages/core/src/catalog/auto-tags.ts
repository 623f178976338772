import type { CatalogEntry } from '../shapes/catalog-entry.js';

interface AutoTag {
  readonly label: string;
  readonly pattern: RegExp;
  /** Only for video models of the family whose parts go by this name. */
  readonly wanOnly: boolean;
}

const word = (label: string): AutoTag => ({
  label,
  pattern: new RegExp(`(?<![a-z0-9])${label}(?![a-z0-9])`, 'i'),
  wanOnly: false,
});

const autoTags: readonly AutoTag[] = [
  { label: 'HIGH', pattern: /[Hh][Ii][Gg][Hh](?![a-z])/, wanOnly: true },
  { label: 'LOW', pattern: /(?<![fF])[Ll][Oo][Ww](?![a-z])/, wanOnly: true },
  ...['I2V', 'T2V', 'TI2V', 'Lightning', 'Turbo'].map(word),
];

/**
 * Labels read off a model's file name, base model and version name, and off user tags that equal one; sorted.
 *
 * Source: docs/behaviour.md, "Auto tags".
 */
export function autoTagsOf(entry: CatalogEntry): string[] {
  const texts = [entry.file_name, entry.base_model, entry.civitai?.name ?? ''];
  const isWan = /wan/i.test(entry.base_model);
  const own = new Set(entry.tags.map((tag) => tag.trim().toLowerCase()));
  return autoTags
    .filter(
      ({ label, pattern, wanOnly }) =>
        own.has(label.toLowerCase()) || ((!wanOnly || isWan) && texts.some((text) => pattern.test(text))),
    )
    .map(({ label }) => label)
    .sort();
}
