import { BitSet } from '../bit-set.js';

/** The ids of one key. Nearly always it is one; a set for every key would be most of the memory. */
export type Posting = number | number[] | BitSet;

/** With an id added that it does not have; the posting given is used up. */
export function withId(posting: Posting | undefined, id: number): Posting {
  if (posting === undefined) return id;
  if (typeof posting === 'number') return [posting, id];
  if (posting instanceof BitSet) {
    posting.add(id);
    return posting;
  }
  posting.push(id);
  // From here on bits take less than the list.
  return posting.length > 64 && posting.length * 32 > id ? BitSet.of(posting) : posting;
}

/** With an id taken out, undefined when none is left; the posting given is used up. */
export function withoutId(posting: Posting | undefined, id: number): Posting | undefined {
  if (posting === undefined || posting === id) return undefined;
  if (typeof posting === 'number') return posting;
  if (posting instanceof BitSet) {
    posting.delete(id);
    return posting.isEmpty ? undefined : posting;
  }
  const at = posting.indexOf(id);
  const last = posting.pop();
  if (at === -1 && last !== undefined) posting.push(last);
  else if (at < posting.length && last !== undefined) posting[at] = last;
  return posting.length === 0 ? undefined : posting;
}

/** Adds the ids of a posting to a set. */
export function addPosting(posting: Posting | undefined, into: BitSet): void {
  if (posting === undefined) return;
  if (typeof posting === 'number') into.add(posting);
  else if (posting instanceof BitSet) into.or(posting);
  else for (const id of posting) into.add(id);
}
