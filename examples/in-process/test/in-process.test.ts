import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { printLoras } from '../src/main.js';

it('prints what a script asked for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'modelshelf-in-process-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  vi.stubEnv('XDG_DATA_HOME', join(folder, 'data'));
  onTestFinished(() => void vi.unstubAllEnvs());
  await writeFile(join(folder, 'Ink wash.safetensors'), 'not really');
  await writeFile(join(folder, 'Other.safetensors'), 'not really');
  const lines: string[] = [];
  await printLoras(folder, 'ink', (line) => lines.push(line));
  expect(lines.slice(-2)).toEqual(['1 of 2 models', 'Ink wash (Unknown) ']);
  expect(lines.some((line) => line.startsWith('100 % Completed!'))).toBe(true);
});
