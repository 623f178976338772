/** What listings can be narrowed to by licence: a term that it grants, or that nothing is known of it. */
export const licenceTerms = [
  'unknown',
  'no-credit',
  'image',
  'rentcivit',
  'rent',
  'sell',
  'derivatives',
  'different-license',
] as const;

export type LicenceTerm = (typeof licenceTerms)[number];
