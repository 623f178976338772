import { BitSet } from './bit-set.js';
import type { CatalogRecord } from './catalog-record.js';
import { compareNewestFirst, type GroupKey, type VersionGrouping } from './group-key.js';

/** Marks a model that belongs to no group. */
const NONE = 0xffffffff;
const SMALL = 6;

/**
 * Models by the remote model that they are versions of. A group is judged by its newest member; that is known at any time.
 *
 * Source: docs/behaviour.md, "Grouping".
 */
export class GroupIndex {
  readonly #at: (id: number) => CatalogRecord;
  /** Nearly always it is one: a list for every key would be most of the index's memory. */
  readonly #members = new Map<GroupKey, number | readonly number[]>();
  readonly #newest: Record<VersionGrouping, Uint32Array> = {
    model: new Uint32Array(16),
    same_base: new Uint32Array(16),
  };

  constructor(at: (id: number) => CatalogRecord) {
    this.#at = at;
  }

  add({ id, group }: CatalogRecord): void {
    this.#makeRoomFor(id);
    this.#newest.model[id] = NONE;
    this.#newest.same_base[id] = NONE;
    if (group === null) return;
    const known = this.#idsOf(group);
    if (known.length === 0) {
      this.#members.set(group, id);
      this.#newest.model[id] = id;
      this.#newest.same_base[id] = id;
      return;
    }
    this.#members.set(group, [...known, id]);
    this.#judge(group);
  }

  remove({ id, group }: CatalogRecord): void {
    if (group === null) return;
    const [first, ...others] = this.#idsOf(group).filter((member) => member !== id);
    if (first === undefined) {
      this.#members.delete(group);
      return;
    }
    this.#members.set(group, others.length === 0 ? first : [first, ...others]);
    this.#judge(group);
  }

  /** Exchanges a record for a newer one with the same id, which must be the one that the id leads to. */
  replace(before: CatalogRecord, after: CatalogRecord): void {
    if (before.group === after.group) {
      if (after.group !== null && typeof this.#members.get(after.group) === 'object') this.#judge(after.group);
      return;
    }
    this.remove(before);
    this.add(after);
  }

  /** The members of a group. */
  membersOf(group: GroupKey): readonly CatalogRecord[] {
    return this.#idsOf(group).map(this.#at);
  }

  /** How many models share a record's group; null when it has none. */
  countOf(record: CatalogRecord, grouping: VersionGrouping): number | null {
    return record.group === null ? null : this.versionsOf(record, grouping).length;
  }

  /** The members of a record's group. */
  versionsOf({ group, entry }: CatalogRecord, grouping: VersionGrouping): readonly CatalogRecord[] {
    if (group === null) return [];
    const members = this.membersOf(group);
    return grouping === 'model' ? members : members.filter((member) => member.entry.base_model === entry.base_model);
  }

  /**
   * Ids of the models that stand for their groups: each where the first member of its group is, then those without group.
   */
  representatives(ids: Uint32Array, descending: boolean, grouping: VersionGrouping): Uint32Array {
    const newest = this.#newest[grouping];
    const seen = new BitSet(newest.length);
    const found = new Uint32Array(ids.length);
    const alone = new Uint32Array(ids.length);
    let groups = 0;
    let others = 0;
    for (let at = 0; at < ids.length; at++) {
      const id = ids[descending ? ids.length - 1 - at : at] ?? 0;
      const standsFor = newest[id] ?? NONE;
      if (standsFor === NONE) alone[others++] = id;
      else if (!seen.has(standsFor)) {
        seen.add(standsFor);
        found[groups++] = standsFor;
      }
    }
    found.set(alone.subarray(0, others), groups);
    return found.slice(0, groups + others);
  }

  #idsOf(group: GroupKey): readonly number[] {
    const known = this.#members.get(group) ?? [];
    return typeof known === 'number' ? [known] : known;
  }

  /** Groups are small: comparing every two of them takes less than sorting. */
  #judge(group: GroupKey): void {
    const members = this.membersOf(group);
    if (members.length > SMALL) {
      this.#judgeSorted([...members].sort(compareNewestFirst));
      return;
    }
    for (const each of members) {
      let [newest, ofBase] = [each, each];
      for (const other of members) {
        if (compareNewestFirst(other, newest) < 0) newest = other;
        if (other.entry.base_model === each.entry.base_model && compareNewestFirst(other, ofBase) < 0) ofBase = other;
      }
      this.#newest.model[each.id] = newest.id;
      this.#newest.same_base[each.id] = ofBase.id;
    }
  }

  #judgeSorted(members: readonly CatalogRecord[]): void {
    const newestOfBase = new Map<string, number>();
    for (const { id, entry } of members) {
      this.#newest.model[id] = members[0]?.id ?? NONE;
      if (!newestOfBase.has(entry.base_model)) newestOfBase.set(entry.base_model, id);
      this.#newest.same_base[id] = newestOfBase.get(entry.base_model) ?? NONE;
    }
  }

  #makeRoomFor(id: number): void {
    for (const grouping of ['model', 'same_base'] as const) {
      const before = this.#newest[grouping];
      if (id < before.length) continue;
      this.#newest[grouping] = new Uint32Array(Math.max(id + 1, before.length * 2));
      this.#newest[grouping].set(before);
    }
  }
}
