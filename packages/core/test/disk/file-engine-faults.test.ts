import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FileOperations } from '../../src/ports/file-operations.js';
import {
  counting,
  DEAD_AT_ONCE,
  engineOn,
  failure,
  quick,
  sampled,
  SCENES,
  stageIn,
  treeOf,
  twoDevices,
  unsettled,
  withoutLinks,
  type Scene,
  type Stage,
} from './plan-stage.js';
import { tempFolder } from './temp-library.js';

const isDeep = process.env['MODELSHELF_DEEP'] === '1';
const CODES = ['ENOSPC', 'EACCES', 'EXDEV', 'EMFILE', 'EIO'];

const disks: [string, (stage: Stage, files: FileOperations) => FileOperations][] = [
  ['one device', (_, files) => files],
  ['two devices', twoDevices],
  ['a disk without hard links', (_, files) => withoutLinks(files)],
];
const cases = SCENES.flatMap((scene) =>
  disks
    // Who asks for hard links gets an error where there are none.
    .filter(([name]) => !(scene.name.startsWith('hard links') && name.includes('without')))
    .map(([disk, on]) => ({ scene, disk, on, name: `${scene.name}, on ${disk}` })),
);

let stages = 0;
function laidOut(scene: Scene, folder: string): Stage {
  const place = `${folder}/${String(stages++)}`;
  mkdirSync(place);
  const stage = stageIn(place);
  scene.layOut(stage);
  return stage;
}

/** What a plan does when nothing goes wrong, and how many calls it takes. */
async function smoothly({ scene, on }: (typeof cases)[number], folder: string) {
  const stage = laidOut(scene, folder);
  const before = treeOf(stage);
  let calls = 0;
  const engine = engineOn(
    stage,
    counting(on(stage, quick), () => calls++),
    { times: DEAD_AT_ONCE },
  );
  await engine.run(scene.plan(stage));
  const forRun = calls;
  await engine.close();
  const after = treeOf(stage);
  expect(after).not.toEqual(before);
  expect(unsettled(stage)).toEqual([]);
  return { before, after, calls: forRun };
}

describe.each(cases)('$name', (one) => {
  const { scene, on } = one;
  const seed = cases.indexOf(one);

  it('a call that fails once leaves the state before when the run rejects, and the state after when it resolves', async () => {
    const folder = tempFolder();
    const { before, after, calls } = await smoothly(one, folder);
    for (const at of sampled(calls, 6, seed)) {
      for (const code of isDeep ? CODES : [CODES[at % CODES.length] ?? '']) {
        const stage = laidOut(scene, folder);
        const files = counting(on(stage, quick), (call, name) => {
          // An empty folder that must not be removed stays.
          if (call === at && !(name === 'rmdir' && code === 'EACCES')) throw failure(code);
        });
        const engine = engineOn(stage, files, { times: DEAD_AT_ONCE });
        const rejected = await engine.run(scene.plan(stage)).then(
          () => false,
          () => true,
        );
        await engine.recover();
        expect([at, code, treeOf(stage)]).toEqual([at, code, rejected ? before : after]);
        expect([at, code, unsettled(stage).filter((name) => name.includes('.'))]).toEqual([at, code, []]);
        await engine.close();
      }
    }
  }, 120_000);

  it('a recovery that is cut short anywhere is repeated by the next one, with the same end: the state before the plan or the state after', async () => {
    const folder = tempFolder();
    const { before, after, calls } = await smoothly(one, folder);
    const ends = new Set<string>();
    for (const at of sampled(calls, 6, seed)) {
      const again = isDeep ? Array.from({ length: 5 }, (_, n) => (at * 7 + n * 11) % 55) : [(at * 7) % 30];
      for (const second of again) {
        const stage = laidOut(scene, folder);
        const dies = (when: number): FileOperations =>
          counting(on(stage, quick), (call) => {
            if (call >= when) throw failure('EIO');
          });
        await engineOn(stage, dies(at), { times: DEAD_AT_ONCE })
          .run(scene.plan(stage))
          .catch(() => undefined);
        await engineOn(stage, dies(second), { times: DEAD_AT_ONCE })
          .recover()
          .catch(() => undefined);
        const engine = engineOn(stage, on(stage, quick), { times: DEAD_AT_ONCE });
        const report = await engine.recover();
        const tree = treeOf(stage);
        const end = JSON.stringify(tree) === JSON.stringify(after) ? 'after' : 'before';
        ends.add(end);
        expect([at, second, tree]).toEqual([at, second, end === 'after' ? after : before]);
        expect(report.waiting).toBe(0);
        expect(await engine.recover()).toMatchObject({ undone: 0, finished: 0, waiting: 0 });
        await engine.close();
        expect(unsettled(stage)).toEqual([]);
      }
    }
    expect(ends).toContain('before');
  }, 240_000);
});
