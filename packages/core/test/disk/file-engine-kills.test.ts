import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bundleEngineProcess, engineProcess } from './engine-process.js';
import {
  engineOn,
  sampled,
  SCENES,
  stageIn,
  treeOf,
  twoDevices,
  unsettled,
  quick,
  type Scene,
  type Stage,
} from './plan-stage.js';
import { tempFolder } from './temp-library.js';

const isDeep = process.env['MODELSHELF_DEEP'] === '1';

/** A number that no process reaches. */
const NEVER = 1_000_000;

it(
  'after a plan was run, or was cut short and recovered, either all of it is done or none, wherever its process is killed',
  { timeout: 900_000 },
  async () => {
    const folder = tempFolder();
    const bundle = await bundleEngineProcess(folder);
    let stages = 0;
    const laidOut = (scene: Scene): Stage => {
      const place = `${folder}/${String(stages++)}`;
      mkdirSync(place);
      const stage = stageIn(place);
      scene.layOut(stage);
      return stage;
    };

    const kills: { scene: Scene; onTwoDevices: boolean; calls: number; before: unknown; after: unknown }[] = [];
    for (const scene of SCENES) {
      for (const onTwoDevices of scene.name.startsWith('organise') ? [false, true] : [false]) {
        const stage = laidOut(scene);
        const before = treeOf(stage);
        const task = { stage, scene: scene.name, mode: 'run', calls: NEVER, onTwoDevices } as const;
        const made = (await engineProcess(bundle, task)) ?? 0;
        const after = treeOf(stage);
        for (let calls = 0; calls < made; calls++) kills.push({ scene, onTwoDevices, calls, before, after });
      }
    }

    const ends = { before: 0, after: 0 };
    const killOnce = async (index: number): Promise<void> => {
      const kill = kills[index];
      if (kill === undefined) return;
      const { scene, onTwoDevices, calls, before, after } = kill;
      const stage = laidOut(scene);
      const task = { stage, scene: scene.name, onTwoDevices, calls } as const;
      expect(await engineProcess(bundle, { ...task, mode: 'run' })).toBeUndefined();
      // Every third time the one that recovers is killed, too.
      if (index % 3 === 0) await engineProcess(bundle, { ...task, mode: 'recover', calls: calls % 23 });
      const engine = engineOn(stage, onTwoDevices ? twoDevices(stage, quick) : quick);
      await engine.recover();
      const tree = treeOf(stage);
      const end = JSON.stringify(tree) === JSON.stringify(after) ? 'after' : 'before';
      ends[end]++;
      expect([scene.name, calls, tree]).toEqual([scene.name, calls, end === 'after' ? after : before]);
      await engine.close();
      expect(unsettled(stage)).toEqual([]);
    };
    const chosen = sampled(kills.length, 20, new Date().getDate());
    const workers = Array.from({ length: 2 }, async () => {
      for (let index = chosen.shift(); index !== undefined; index = chosen.shift()) await killOnce(index);
    });
    await Promise.all(workers);
    expect(ends.before).toBeGreaterThan(0);
    if (isDeep) expect(ends.after).toBeGreaterThan(0);
  },
);
