import { isJsonObject } from '../shapes/json.js';

const COMMERCIAL_BITS: Readonly<Record<string, number>> = { image: 2, rentcivit: 4, rent: 8, sell: 16 };
const KEYS = ['allowNoCredit', 'allowCommercialUse', 'allowDerivatives', 'allowDifferentLicense'];

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
      isJsonObject(candidate) && KEYS.some((key) => candidate[key] !== undefined && candidate[key] !== null),
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
