// Runs in a process of its own; see engine-process.ts.
import type { EngineTask } from './engine-process.js';
import { counting, engineOn, quick, SCENES, twoDevices } from './plan-stage.js';

const { stage, scene: name, calls, mode, onTwoDevices } = JSON.parse(process.argv[2] ?? '') as EngineTask;
const scene = SCENES.find((one) => one.name === name);
if (scene === undefined) throw new Error(`no scene ${name}`);

let made = 0;
const files = counting(onTwoDevices ? twoDevices(stage, quick) : quick, () => {
  if (made++ === calls) process.kill(process.pid, 'SIGKILL');
});
const engine = engineOn(stage, files);
if (mode === 'run') {
  await engine.rootLocks.whileHeld([stage.a, stage.b], () => engine.run(scene.plan(stage)));
} else {
  await engine.recover();
}
await engine.close();
process.stdout.write(String(made));
