import type { LicenceTerm } from '../shapes/licence-terms.js';
import type { BitSet } from './bit-set.js';

/** What a listing is narrowed to; every part that is left out lets everything through. All parts combine with AND. */
export interface ModelFilter {
  /** Keep what may be shown anywhere: previews rated below R. */
  readonly safeContentOnly?: boolean | undefined;
  readonly favoritesOnly?: boolean | undefined;
  readonly folder?: { readonly path: string; readonly recursive: boolean } | undefined;
  /** In any of them; no paths at all are no restriction, blank ones alone match nothing. */
  readonly folderInclude?: { readonly paths: readonly string[]; readonly recursive: boolean } | undefined;
  /** In none of them, nor below. */
  readonly folderExclude?: readonly string[] | undefined;
  /** Exact, case-sensitive. */
  readonly baseModels?: readonly string[] | undefined;
  /** In any case. */
  readonly subTypes?: readonly string[] | undefined;
  /** In any case; `__no_tags__` stands for "has no tags". */
  readonly tags?:
    | { readonly include: readonly string[]; readonly exclude: readonly string[]; readonly logic: 'any' | 'all' }
    | undefined;
  /** Exact; any of the included, none of the excluded. */
  readonly autoTags?: { readonly include: readonly string[]; readonly exclude: readonly string[] } | undefined;
  readonly search?:
    | {
        readonly text: string;
        readonly fuzzy: boolean;
        readonly fileName: boolean;
        readonly modelName: boolean;
        readonly tags: boolean;
        readonly creator: boolean;
      }
    | undefined;
  /** `#`, `@`, `漢` or a letter in any case. */
  readonly firstLetter?: string | undefined;
  /** Ids that pass the name patterns, worked out before. */
  readonly names?: BitSet | undefined;
  /** Whether a credit is required; an unknown licence is neither. */
  readonly creditRequired?: boolean | undefined;
  /** Whether generated images may be sold; an unknown licence is neither. */
  readonly allowSelling?: boolean | undefined;
  /** All of the included, none of the excluded. */
  readonly licence?: { readonly include: readonly LicenceTerm[]; readonly exclude: readonly LicenceTerm[] } | undefined;
  readonly usage?: 'used' | 'unused' | undefined;
  /** Lower-case SHA-256 or AutoV3: replaces every other part but `safeContentOnly` and `updateAvailableOnly`. */
  readonly hashes?: readonly string[] | undefined;
  /** Nothing is known of updates yet: true matches nothing. */
  readonly updateAvailableOnly?: boolean | undefined;
}
