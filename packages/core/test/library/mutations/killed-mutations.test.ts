import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDeep } from '../standing-folder.js';
import { expectedOf, expectOldOrNew, expectTidy, expectWorking, scenarioShelf, treeOf } from './crash-states.js';
import { bundleMutationProcess, runMutationProcess, type MutationTask } from './mutation-process.js';
import { SCENARIO_NAMES, type ScenarioName } from './scenarios.js';
import { seededNumbers, toldOf } from './seeded-numbers.js';

const SAMPLE = Number(process.env['MODELSHELF_KILLS'] ?? 20);
const only = process.env['MODELSHELF_ONLY']?.split(',');
const NAMES = SCENARIO_NAMES.filter((name) => only?.includes(name) ?? true);

/** The next number of a seeded row, below a bound. */
const draw = seededNumbers(Number(process.env['MODELSHELF_SEED'] ?? 20_261_122));

let bundle = '';

beforeAll(async () => {
  bundle = await bundleMutationProcess(await mkdtemp(join(tmpdir(), 'modelshelf-test-')));
}, 60_000);

afterAll(() => rm(bundle, { recursive: true, force: true }));

type Point = Pick<MutationTask, 'call' | 'moment'>;

/** Some die a second time, while they recover: one of so many. */
const drawRecovering = (oneOf: number): Point | undefined =>
  draw(oneOf) === 0 ? { call: 1 + draw(12), moment: 'before' } : undefined;

/** Kills a process at one point of a mutation, perhaps another one while it recovers, and looks at what is left. */
async function killAt(name: ScenarioName, point: Point, recovering?: Point): Promise<void> {
  const expected = await expectedOnce(name);
  const { at, folder, open, scenario } = await scenarioShelf(name);
  const ended = await runMutationProcess(bundle, { scenario: name, folder, during: 'mutation', ...point });
  expect(ended, 'the process was not killed').toBeUndefined();
  if (recovering !== undefined) {
    await runMutationProcess(bundle, { scenario: name, folder, during: 'start', ...recovering });
  }
  const library = open();
  await library.ready;
  expectOldOrNew(await treeOf(folder), expected, scenario);
  await expectWorking(library, at);
  await library.close();
  await expectTidy(folder);
}

const known = new Map<ScenarioName, ReturnType<typeof expectedOf>>();

function expectedOnce(name: ScenarioName): ReturnType<typeof expectedOf> {
  const expected = known.get(name) ?? expectedOf(name);
  known.set(name, expected);
  return expected;
}

/** Every point of a scenario: before each call, after the last, and in the middle of each write. */
async function pointsOf(name: ScenarioName): Promise<Point[]> {
  const { calls } = await expectedOnce(name);
  const points = calls.flatMap((call, index): Point[] => [
    { call: index + 1, moment: 'before' },
    ...(call === 'writeNew' ? [{ call: index + 1, moment: 'half' } as const] : []),
  ]);
  return [...points, { call: calls.length, moment: 'after' }];
}

describe('a process that is killed at any call that changes the disk leaves every model as it was or as it was to be, with everything beside it', () => {
  it.skipIf(isDeep)('at points drawn by a seed', { timeout: 60_000 + SAMPLE * 6_000 }, async () => {
    const failures: string[] = [];
    for (let kill = 0; kill < SAMPLE; kill++) {
      const name = NAMES[(kill * 7 + draw(7)) % NAMES.length] ?? 'delete';
      const points = await pointsOf(name);
      const point = points[draw(points.length)] ?? {};
      const recovering = drawRecovering(4);
      await killAt(name, point, recovering).catch((error: unknown) => {
        failures.push(`${name} ${JSON.stringify({ point, recovering })}: ${toldOf(error)}`);
      });
    }
    expect(failures).toEqual([]);
  });

  describe.runIf(isDeep)('at every point', () => {
    it.each(NAMES)('%s', { timeout: 900_000 }, async (name) => {
      const failures: unknown[] = [];
      const points = await pointsOf(name);
      for (const point of points) {
        const recovering = drawRecovering(2);
        await killAt(name, point, recovering).catch((error: unknown) => {
          failures.push(`${JSON.stringify({ point, recovering })}: ${toldOf(error)}`);
        });
      }
      expect(points.length).toBeGreaterThan(3);
      expect(failures).toEqual([]);
    });
  });
});
