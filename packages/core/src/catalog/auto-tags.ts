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

const lowerLabels: ReadonlySet<string> = new Set(autoTags.map(({ label }) => label.toLowerCase()));

/** What every text with a label contains: most models end here. */
const anyLabel = /high|low|[it]2v|lightning|turbo/i;

const hasLabel = (text: string): boolean => anyLabel.test(text);

const none: readonly string[] = Object.freeze([]);
const shared = new Map<string, readonly string[]>();

/**
 * Labels read off a model's file name, base model and version name, and off user tags that equal one; sorted.
 *
 * Source: docs/behaviour.md, "Auto tags".
 */
export function autoTagsOf(entry: CatalogEntry): readonly string[] {
  const { file_name: fileName, base_model: baseModel, tags } = entry;
  const version = entry.civitai?.name ?? '';
  if (!anyLabel.test(fileName) && !anyLabel.test(baseModel) && !anyLabel.test(version) && !tags.some(hasLabel)) {
    return none;
  }
  const own = tags.map((tag) => tag.trim().toLowerCase()).filter((tag) => lowerLabels.has(tag));
  const texts = [fileName, baseModel, version];
  const isWan = /wan/i.test(baseModel);
  const labels = autoTags
    .filter(
      ({ label, pattern, wanOnly }) =>
        own.includes(label.toLowerCase()) || ((!wanOnly || isWan) && texts.some((text) => pattern.test(text))),
    )
    .map(({ label }) => label)
    .sort();
  const key = labels.join();
  const known = shared.get(key) ?? Object.freeze(labels);
  shared.set(key, known);
  return known;
}
