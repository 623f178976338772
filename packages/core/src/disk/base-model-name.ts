/** What trainers and tools write, to the name that people know. Order counts: the first hit wins. */
const NAMES: readonly (readonly [alias: string, name: string])[] = [
  ['sd_1.5', 'SD 1.5'],
  ['sd-v1-5', 'SD 1.5'],
  ['sd-v2-1', 'SD 2.1'],
  ['sdxl', 'SDXL 1.0'],
  ['sd-v2', 'SD 2.0'],
  ['flux1', 'Flux.1 D'],
  ['flux.1 d', 'Flux.1 D'],
  ['illustrious', 'Illustrious'],
  ['il', 'Illustrious'],
  ['pony', 'Pony'],
  ['hunyuan video', 'Hunyuan Video'],
];

const tokensOf = (text: string): string =>
  ` ${text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .join(' ')
    .trim()} `;

const aliases = NAMES.map(([alias, name]) => ({ tokens: tokensOf(alias), name }));

/**
 * The usual name of a base model. Identifiers such as `sdxl_base_v1-0` are matched by whole tokens; a name as people
 * write it (`SDXL Lightning`, `Chilloutmix`) stays as it is, unless it is itself an alias. Empty becomes `Unknown`.
 */
export function baseModelName(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return 'Unknown';
  const tokens = tokensOf(trimmed);
  const written = /[A-Z\s]/.test(trimmed);
  return aliases.find((alias) => (written ? tokens === alias.tokens : tokens.includes(alias.tokens)))?.name ?? trimmed;
}
