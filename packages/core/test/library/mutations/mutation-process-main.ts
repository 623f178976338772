// Runs in a process of its own; see mutation-process.ts.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createModelLibrary } from '../../../src/index.js';
import { hookedFiles, otherDevice, writeHalf, type CallHooks } from './counting-files.js';
import type { MutationTask } from './mutation-process.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

const task = JSON.parse(process.argv[2] ?? '') as MutationTask;
const scenario: Scenario = SCENARIOS[task.scenario];
const at = (path: string): string => join(task.folder, path);

let isArmed = task.during === 'start';
let calls = 0;
const devices = scenario.devices === true ? otherDevice(at('more')) : {};

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered before anything else happens.
  for (;;);
}

const hooks: CallHooks = {
  before: async (call, paths, content) => {
    if (isArmed) calls++;
    if (isArmed && calls === task.call && task.moment !== 'after') {
      if (task.moment === 'half') writeHalf(call, paths[0] ?? '', content);
      if (task.moment === 'stall') {
        writeSync(1, 'stalled\n');
        await new Promise(() => setInterval(() => undefined, 1_000));
      }
      die();
    }
    await devices.before?.(call, paths);
  },
  after: () => {
    if (isArmed && calls === task.call && task.moment === 'after') die();
  },
};

const library = createModelLibrary({
  roots: { loras: [at('loras'), at('more')], checkpoints: [at('checkpoints')] },
  dataDir: at(task.dataDir ?? 'data'),
  files: hookedFiles(hooks),
});
await library.ready;
if (task.during === 'mutation') {
  await library.digestAll('loras');
  const prepared = (await scenario.prepare?.(library, at)) ?? '';
  isArmed = true;
  await scenario.act(library, at, prepared);
}
await library.close();
writeSync(1, JSON.stringify({ calls }));
process.exit(0);
