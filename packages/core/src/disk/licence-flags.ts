import { isJsonObject, type JsonObject } from '../shapes/json.js';

const COMMERCIAL_USES: Readonly<Record<string, number>> = { Image: 2, RentCivit: 4, Rent: 8, Sell: 16 };
const COMMERCIAL_BITS: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(COMMERCIAL_USES).map(([use, bit]) => [use.toLowerCase(), bit]),
);

/** The members that say the licence, of the remote model or of the sidecar itself. */
export const LICENCE_KEYS: readonly string[] = [
  'allowNoCredit',
  'allowCommercialUse',
  'allowDerivatives',
  'allowDifferentLicense',
];

function commercialUses(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return value.replace(/[{}]/g, '').split(',');
  return ['Sell'];
}

function commercialBits(value: unknown): number {
  let bits = 0;
  for (const use of commercialUses(value)) {
    if (typeof use === 'string') bits |= COMMERCIAL_BITS[use.trim().toLowerCase().replace(/[_-]/g, '')] ?? 0;
  }
  return bits;
}

/**
 * The licence as bits (docs/behaviour.md, "Licence flags"), from the remote model, else from the sidecar's own keys.
 *
 * Invariant: null when nothing is known at all. Unknown is a value of its own, and no bit implies another.
 */
export function licenceFlags(sidecar: { readonly [key: string]: unknown }): number | null {
  const civitai = sidecar['civitai'];
  const model = isJsonObject(civitai) ? civitai['model'] : undefined;
  const source = [model, sidecar].find(
    (candidate): candidate is { [key: string]: unknown } =>
      isJsonObject(candidate) && LICENCE_KEYS.some((key) => candidate[key] !== undefined && candidate[key] !== null),
  );
  if (source === undefined) return null;
  const allowed = (key: string, bit: number): number => (source[key] === false ? 0 : bit);
  return (
    allowed('allowNoCredit', 1) |
    commercialBits(source['allowCommercialUse']) |
    allowed('allowDerivatives', 32) |
    allowed('allowDifferentLicense', 64)
  );
}

/** The members that say these flags: the other way round. */
export function licenceFields(flags: number): JsonObject {
  return {
    allowNoCredit: (flags & 1) !== 0,
    allowCommercialUse: Object.keys(COMMERCIAL_USES).filter((use) => (flags & (COMMERCIAL_USES[use] ?? 0)) !== 0),
    allowDerivatives: (flags & 32) !== 0,
    allowDifferentLicense: (flags & 64) !== 0,
  };
}
