import { describe, expect, it } from 'vitest';
import type { CatalogRecord } from '../../src/catalog/catalog-record.js';
import { SortOrders } from '../../src/catalog/sort-orders.js';

function recordOf(id: number): CatalogRecord {
  const name = `model ${String((id * 7919) % 5003)} ${String(id)}`;
  const entry = { file_path: `/m/${name}.ckpt`, modified: id % 17, size: id % 13 };
  return { id, sequence: id, nameText: name, modelNameText: name, entry } as unknown as CatalogRecord;
}

describe('SortOrders', () => {
  it('one that enters while many are sorted in the background makes no step sort them all', () => {
    const records = Array.from({ length: 20_001 }, (_, id) => recordOf(id));
    let looks = 0;
    const orders = new SortOrders((id) => {
      looks++;
      const record = records[id];
      if (record === undefined) throw new RangeError('unknown');
      return record;
    });
    const enter = (entering: readonly CatalogRecord[]): void =>
      orders.change(
        entering.map((after) => ({ before: undefined, after })),
        () => undefined,
      );
    enter(records.slice(0, 20_000));
    let most = 0;
    let steps = 0;
    const settle = (): void => {
      for (let before = looks, work = orders.settling(); work.next().done !== true; before = looks) {
        most = Math.max(most, looks - before);
        if (++steps === 30) enter(records.slice(20_000));
      }
    };
    settle();
    settle();
    expect(steps).toBeGreaterThan(30);
    expect(most).toBeLessThan(10_000);
    expect([...orders.of('name').ids].sort((a, b) => a - b)).toEqual(records.map(({ id }) => id));
  });
});
