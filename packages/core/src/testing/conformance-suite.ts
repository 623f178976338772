import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conformanceChecks } from './conformance-checks.js';
import {
  startConformanceHost,
  type ConformanceCell,
  type ConformanceHost,
  type StartHost,
} from './conformance-host.js';
import { conformanceRouteHost } from './conformance-route-host.js';
import { formatConformanceTable, type ConformanceResult, type ConformanceVerdict } from './conformance-table.js';

/** The four functions of a test runner that the suite needs; those of vitest and of `node:test` fit. */
export interface ConformanceRunner {
  describe(name: string, body: () => void): unknown;
  test(name: string, body: () => Promise<void>): unknown;
  beforeAll(body: () => Promise<void>): unknown;
  afterAll(body: () => Promise<void>): unknown;
}

/** A host to be checked, set up in one way. */
export interface ConformanceSubject extends ConformanceCell {
  /** How the table calls it: `express 5.3.0, bare`. */
  readonly name: string;
  readonly start: StartHost;
}

/**
 * Registers every check for every subject with a test runner; `print` gets the table of results at the end.
 *
 * @example
 * adapterConformance({ describe, test, beforeAll, afterAll }, [
 *   { name: 'my host, bare', start, mount: '', hostParsers: false },
 *   { name: 'my host, mounted', start, mount: '/studio', hostParsers: true },
 * ]);
 */
export function adapterConformance(
  runner: ConformanceRunner,
  subjects: readonly ConformanceSubject[],
  print: (table: string) => void = console.log,
): void {
  const results: ConformanceResult[] = [];
  for (const subject of subjects) {
    runner.describe(subject.name, () => {
      const verdicts = new Map<string, ConformanceVerdict>();
      results.push({ host: subject.name, verdicts });
      let running: Promise<ConformanceHost> | undefined;
      let directory: string | undefined;

      runner.beforeAll(async () => {
        directory = await mkdtemp(join(tmpdir(), 'modelshelf-conformance-'));
        running = startConformanceHost(subject.start, await conformanceRouteHost(directory), subject);
        await running;
      });
      runner.afterAll(async () => {
        await (await running)?.close();
        if (directory !== undefined) await rm(directory, { recursive: true, force: true });
      });

      for (const check of conformanceChecks) {
        runner.test(`${check.id} ${check.title}`, async () => {
          const host = await running;
          if (host === undefined) throw new Error('The host has not been started.');
          verdicts.set(check.id, 'failed');
          verdicts.set(check.id, (await check.run(host)) ?? 'passed');
        });
      }
    });
  }
  runner.afterAll(async () => print(`\n${formatConformanceTable(conformanceChecks, results)}\n`));
}
