/** The types that have a colour of their own in charts. */
const colours = ['loras', 'checkpoints', 'embeddings'];

/** Class of a model type in charts. */
export function kindOf(prefix) {
  return colours.includes(prefix) ? `kind-${prefix}` : 'kind-other';
}

/** `{ prefix: { baseModel: count } }` as rows by base model, most frequent first; those beyond `shown` are one row. */
export function baseModelRows(distribution, shown, othersLabel) {
  const rows = new Map();
  for (const [prefix, counts] of Object.entries(distribution)) {
    for (const [label, value] of Object.entries(counts)) {
      const row = rows.get(label) ?? { label, count: 0, parts: [] };
      row.count += value;
      row.parts.push({ kind: kindOf(prefix), value });
      rows.set(label, row);
    }
  }
  const ranked = [...rows.values()].sort((a, b) => b.count - a.count);
  const rest = ranked.slice(shown);
  if (rest.length === 0) return ranked;
  const others = { label: othersLabel, count: 0, parts: [] };
  for (const { count, parts } of rest) {
    others.count += count;
    others.parts.push(...parts);
  }
  return [...ranked.slice(0, shown), { ...others, parts: joinedParts(others.parts) }];
}

/** The largest models over all types, largest first, with the class of their type. */
export function largestRows(storage, shown) {
  return Object.entries(storage)
    .flatMap(([prefix, models]) => models.map((model) => ({ ...model, kind: kindOf(prefix) })))
    .sort((a, b) => b.size - a.size)
    .slice(0, shown);
}

/** The most used models over all types, most used first, with the class of their type. */
export function usedRows(usage, shown) {
  return colours
    .flatMap((prefix) => usage[`top_${prefix}`].map((model) => ({ ...model, kind: kindOf(prefix) })))
    .sort((a, b) => b.usage_count - a.usage_count)
    .slice(0, shown);
}

function joinedParts(parts) {
  const sums = new Map();
  for (const { kind, value } of parts) sums.set(kind, (sums.get(kind) ?? 0) + value);
  return [...sums].map(([kind, value]) => ({ kind, value }));
}
