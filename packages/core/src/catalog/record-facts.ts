import { BitSet } from './bit-set.js';
import type { CatalogRecord } from './catalog-record.js';
import { licenceFactsOf, licenceFacts } from './licence-facts.js';
import { hasExtendedName } from './relative-path.js';

/** Level bit of R; levels below it are shown anywhere. */
const RESTRICTED = 4;

/** What is true or not of every model; `extended` names end in what the index of file names does not hold. */
const facts = ['safe', 'favorite', 'untagged', 'extended', ...licenceFacts] as const;

type Fact = (typeof facts)[number];

const bitOf = new Map<string, number>(facts.map((fact, at) => [fact, 1 << at]));
const bitsOfLicence = new Map<readonly string[], number>();

function bitsOf(record: CatalogRecord): number {
  const { entry, tagTexts } = record;
  const licence = licenceFactsOf(entry.license_flags);
  let bits = bitsOfLicence.get(licence);
  if (bits === undefined) {
    bits = licence.reduce((sum, fact) => sum | (bitOf.get(fact) ?? 0), 0);
    bitsOfLicence.set(licence, bits);
  }
  if (entry.preview_nsfw_level < RESTRICTED) bits |= 1;
  if (entry.favorite) bits |= 2;
  if (tagTexts.length === 0) bits |= 4;
  return hasExtendedName(record) ? bits | 8 : bits;
}

/** One set of ids for each fact. */
export class RecordFacts {
  readonly #sets = facts.map(() => new BitSet());

  add(record: CatalogRecord): void {
    const bits = bitsOf(record);
    for (let at = 0; at < facts.length; at++) if ((bits & (1 << at)) !== 0) this.#sets[at]?.add(record.id);
  }

  remove({ id }: CatalogRecord): void {
    for (const set of this.#sets) set.delete(id);
  }

  replace(before: CatalogRecord, after: CatalogRecord): void {
    this.remove(before);
    this.add(after);
  }

  /** The models of which a fact is true; a set to read. */
  get(fact: Fact): BitSet {
    return this.#sets[facts.indexOf(fact)] ?? new BitSet();
  }
}
