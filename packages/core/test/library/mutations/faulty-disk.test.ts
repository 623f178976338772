import { expect, it } from 'vitest';
import { isModelshelfError } from '../../../src/index.js';
import { isDeep } from '../standing-folder.js';
import {
  expectedOf,
  expectListed,
  expectOldOrNew,
  expectTidy,
  expectWorking,
  scenarioShelf,
  treeOf,
} from './crash-states.js';
import { systemError, type CallHooks } from './counting-files.js';
import { SCENARIO_NAMES, type ScenarioName } from './scenarios.js';
import { seededNumbers, toldOf } from './seeded-numbers.js';

const CODES = ['ENOSPC', 'EACCES', 'EXDEV', 'EMFILE', 'EIO'] as const;
type Code = (typeof CODES)[number];

const only = process.env['MODELSHELF_ONLY']?.split(',');
const NAMES = SCENARIO_NAMES.filter((name) => only?.includes(name) ?? true);
const SAMPLE = Number(process.env['MODELSHELF_FAULTS'] ?? 8);

interface Fault {
  readonly call: number;
  readonly code: Code;
  /** The disk stays as bad as it is. */
  readonly stays: boolean;
}

/** Runs a scenario on a disk that refuses one call, or all from one on, and looks at what is left. */
async function refuseAt(name: ScenarioName, fault: Fault): Promise<void> {
  const expected = await expectedOnce(name);
  const { at, folder, open, scenario } = await scenarioShelf(name);
  let calls = 0;
  let isArmed = false;
  const hooks: CallHooks = {
    before: (call, [path = '']) => {
      if (!isArmed) return;
      calls++;
      const isHit = fault.stays ? calls >= fault.call : calls === fault.call;
      // A full disk still removes and renames; a folder of another device still holds files.
      const isConcerned =
        fault.code === 'ENOSPC'
          ? ['writeNew', 'copyNew', 'mkdir', 'link', 'symlink'].includes(call)
          : fault.code === 'EXDEV'
            ? ['rename', 'link'].includes(call) && (path.startsWith(at('loras')) || path.startsWith(at('more')))
            : true;
      if (isHit && isConcerned) throw systemError(fault.code, call, path);
    },
  };
  const library = open(hooks);
  await library.ready;
  await library.digestAll('loras');
  const prepared = (await scenario.prepare?.(library, at)) ?? '';
  isArmed = true;
  let failure: unknown;
  try {
    await scenario.act(library, at, prepared);
  } catch (error) {
    failure = error;
    if (!isModelshelfError(error) || error.code === 'internal') throw error;
  }
  isArmed = false;
  if (!fault.stays) {
    expectOldOrNew(await treeOf(folder), expected, scenario);
    await expectListed(library);
  }
  await library.close();
  const later = open();
  await later.ready;
  expectOldOrNew(await treeOf(folder), expected, scenario);
  await expectWorking(later, at);
  await later.close();
  await expectTidy(folder);
  if (failure === undefined) return;
  expect(String((failure as Error).message)).not.toContain(folder);
}

const known = new Map<ScenarioName, ReturnType<typeof expectedOf>>();

function expectedOnce(name: ScenarioName): ReturnType<typeof expectedOf> {
  const expected = known.get(name) ?? expectedOf(name);
  known.set(name, expected);
  return expected;
}

const sentence =
  'a disk that is full, forbidden, in two parts or out of handles at any call leaves every model as it was or as it was to be, and the library goes on';

it.skipIf(isDeep)(`${sentence}: at points drawn by a seed`, { timeout: 60_000 + SAMPLE * 4_000 }, async () => {
  const draw = seededNumbers(Number(process.env['MODELSHELF_SEED'] ?? 20_261_122));
  const failures: string[] = [];
  for (let run = 0; run < SAMPLE; run++) {
    const name = NAMES[run % NAMES.length] ?? 'delete';
    const { calls } = await expectedOnce(name);
    const fault = { call: 1 + draw(calls.length), code: CODES[draw(CODES.length)] ?? 'EIO', stays: draw(3) === 0 };
    await refuseAt(name, fault).catch((error: unknown) => {
      failures.push(`${name} ${JSON.stringify(fault)}: ${toldOf(error)}`);
    });
  }
  expect(failures).toEqual([]);
});

it.runIf(isDeep).each(NAMES)(`${sentence}: %s`, { timeout: 900_000 }, async (name) => {
  const { calls } = await expectedOnce(name);
  const failures: string[] = [];
  for (const code of CODES) {
    for (const stays of [false, true]) {
      for (let call = 1; call <= calls.length; call++) {
        const fault = { call, code, stays };
        await refuseAt(name, fault).catch((error: unknown) => {
          failures.push(`${JSON.stringify(fault)}: ${toldOf(error)}`);
        });
      }
    }
  }
  expect(failures).toEqual([]);
});
