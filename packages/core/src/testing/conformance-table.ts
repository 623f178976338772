import type { ConformanceCheck } from './conformance-host.js';

/** How a check went on a host. */
export type ConformanceVerdict = 'passed' | 'failed' | 'not applicable' | 'not run';

/** One row of the table: a host and how each check went on it. */
export interface ConformanceResult {
  /** `express 5.3.0, bare`. */
  readonly host: string;
  /** By id of the check. */
  readonly verdicts: ReadonlyMap<string, ConformanceVerdict>;
}

const letters = { passed: '.', failed: 'F', 'not applicable': '-', 'not run': '?' } as const;

/**
 * Host by check as text: a row per host, a letter per check in groups under the id of their first.
 *
 * @example
 *                      MS-001                     MS-031
 * express 5.3.0, bare  ..-......................  ..............
 */
export function formatConformanceTable(
  checks: readonly ConformanceCheck[],
  results: readonly ConformanceResult[],
): string {
  const groups: ConformanceCheck[][] = [];
  let last = Number.NaN;
  for (const check of checks) {
    const number = Number(check.id.slice(3));
    const group = groups.at(-1);
    // A gap in the numbers begins a new concern.
    if (group === undefined || number !== last + 1) groups.push([check]);
    else group.push(check);
    last = number;
  }
  const rowOf = (head: string, cells: readonly string[]): string => [head.padEnd(width), ...cells].join('  ').trimEnd();
  const width = Math.max(0, ...results.map(({ host }) => host.length));
  const widthOf = (group: readonly ConformanceCheck[]): number => Math.max(group.length, 6);
  const head = rowOf(
    '',
    groups.map((group) => (group[0]?.id ?? '').padEnd(widthOf(group))),
  );
  const rows = results.map(({ host, verdicts }) =>
    rowOf(
      host,
      groups.map((group) =>
        group
          .map(({ id }) => letters[verdicts.get(id) ?? 'not run'])
          .join('')
          .padEnd(widthOf(group)),
      ),
    ),
  );
  const failed = results.flatMap(({ host, verdicts }) =>
    checks.filter(({ id }) => verdicts.get(id) === 'failed').map(({ id, title }) => `${id} on ${host}: ${title}`),
  );
  return [head, ...rows, '', '. passed   F failed   - not applicable   ? not run', ...failed].join('\n');
}
