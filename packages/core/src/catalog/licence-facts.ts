import { licenceTerms, type LicenceTerm } from '../shapes/licence-terms.js';

/**
 * What a licence can say, with its bit in `license_flags` (docs/behaviour.md, "Licence flags"). No bit implies another,
 * and a licence of which nothing is known (`license_flags` null) has none of the terms: it is `unknown` and nothing else.
 */
const bits = {
  /** May be used without naming the author. */
  'no-credit': 1,
  /** Generated images may be sold. */
  image: 2,
  /** May run on the remote site's paid service. */
  rentcivit: 4,
  /** May run on any paid service. */
  rent: 8,
  /** The model itself may be sold. */
  sell: 16,
  /** Merges and other derivatives may be shared. */
  derivatives: 32,
  /** Derivatives may come under another licence. */
  'different-license': 64,
} as const satisfies Record<Exclude<LicenceTerm, 'unknown'>, number>;

/** Everything that can be said of a licence: every known one is `known` besides what it grants. */
export const licenceFacts = ['known', ...licenceTerms] as const;

/** What is said of a licence. */
export type LicenceFact = (typeof licenceFacts)[number];

const unknown: readonly LicenceFact[] = ['unknown'];
const byFlags = new Map<number, readonly LicenceFact[]>();

function isGranted(fact: LicenceFact, flags: number): boolean {
  return fact === 'known' || (fact !== 'unknown' && (flags & bits[fact]) !== 0);
}

/** What a model's licence says; the same list for the same flags. */
export function licenceFactsOf(flags: number | null): readonly LicenceFact[] {
  if (flags === null) return unknown;
  const known = byFlags.get(flags & 127);
  if (known !== undefined) return known;
  const said = licenceFacts.filter((fact) => isGranted(fact, flags));
  byFlags.set(flags & 127, said);
  return said;
}
