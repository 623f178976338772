import { describe, expect, test } from 'vitest';
import { conformanceChecks, formatConformanceTable } from '../src/testing/index.js';

describe('the checks', () => {
  test('have unique ids in rising order and unique titles', () => {
    const ids = conformanceChecks.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].toSorted());
    expect(ids.every((id) => /^MS-\d{3}$/.test(id))).toBe(true);
    expect(new Set(conformanceChecks.map(({ title }) => title)).size).toBe(ids.length);
  });

  test('cover every concern', () => {
    expect(conformanceChecks.length).toBeGreaterThanOrEqual(45);
  });
});

describe('formatConformanceTable', () => {
  const check = (id: string, title: string) => ({ id, title, run: () => Promise.resolve() });
  const checks = [check('MS-001', 'one'), check('MS-002', 'two'), check('MS-011', 'eleven')];

  test('is a row per host, a letter per check, and the failures by name', () => {
    const table = formatConformanceTable(checks, [
      {
        host: 'bare',
        verdicts: new Map([
          ['MS-001', 'passed'],
          ['MS-002', 'failed'],
          ['MS-011', 'not applicable'],
        ]),
      },
      { host: 'mounted host', verdicts: new Map([['MS-001', 'passed']]) },
    ]);
    expect(table.split('\n')).toEqual([
      '              MS-001  MS-011',
      'bare          .F      -',
      'mounted host  .?      ?',
      '',
      '. passed   F failed   - not applicable   ? not run',
      'MS-002 on bare: two',
    ]);
  });

  test('of nothing is no error', () => {
    expect(formatConformanceTable([], [])).toContain('. passed');
  });
});
