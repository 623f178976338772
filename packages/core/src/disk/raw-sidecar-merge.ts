import { isJsonObject, type Json, type JsonObject } from '../shapes/json.js';

/**
 * A sidecar with updates: an object onto an object is merged one level deep, anything else takes the place of what was
 * there. What is not named stays, in its order.
 */
export function mergedSidecar(sidecar: JsonObject, updates: JsonObject): JsonObject {
  const news = Object.entries(updates).map(([key, value]): [string, Json | undefined] => {
    const before = memberOf(sidecar, key);
    return [key, isJsonObject(before) && isJsonObject(value) ? { ...before, ...value } : value];
  });
  // By definition, not by assignment: a `__proto__` key stays a key.
  return Object.fromEntries([...Object.entries(sidecar), ...news.filter(([, value]) => value !== undefined)]);
}

/** The updates that make one sidecar of another, as `mergedSidecar` takes them; members that went away are not told. */
export function sidecarUpdates(before: JsonObject, after: JsonObject): JsonObject {
  return Object.fromEntries(
    changedMembers(before, after).map(([key, value]) => {
      const old = memberOf(before, key);
      const isMerged = isJsonObject(old) && isJsonObject(value);
      return [key, isMerged ? Object.fromEntries(changedMembers(old, value)) : value];
    }),
  );
}

/** Whether two sidecars say the same; the order of members does not count. */
export function saysTheSame(one: JsonObject, other: JsonObject): boolean {
  return changedMembers(one, other).length === 0 && changedMembers(other, one).length === 0;
}

function changedMembers(before: JsonObject, after: JsonObject): [string, Json][] {
  return Object.entries(after).filter(
    (member): member is [string, Json] =>
      member[1] !== undefined && JSON.stringify(member[1]) !== JSON.stringify(memberOf(before, member[0])),
  );
}

const memberOf = (value: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(value, key) ? value[key] : undefined;
