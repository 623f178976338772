import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../../src/ports/clock.js';
import { silentLogger } from '../../../src/ports/logger.js';
import { RootWatcherService } from '../../../src/services/watching/root-watcher-service.js';
import type { RootScanPolicy } from '../../../src/shapes/root-scan-policy.js';
import { jobOver, put, root, safetensors, scan, sidecar, tempFolder } from '../../disk/temp-library.js';

/** A service over a real folder with real watches and timers, whose scans list what lies there. */
function serve(folder: string, policy: RootScanPolicy) {
  const own = { ...root(folder), scan: policy };
  const state = { scans: 0, listed: new Map<string, string>() };
  const service = new RootWatcherService({
    roots: [own],
    extensions: ['.safetensors'],
    skippedFolders: ['.lm-pending-delete'],
    scan: async () => {
      state.scans++;
      const { models, outcome } = scan(jobOver(own));
      const told = models.map(({ entry, file }): [string, string] => [
        entry.file_path.slice(folder.length + 1),
        [entry.model_name, file.size, entry.preview_url === '' ? 'bare' : 'with preview'].join(' '),
      ]);
      state.listed = new Map(told);
      return outcome;
    },
    clock: systemClock,
    logger: silentLogger,
  });
  onTestFinished(() => service.close());
  service.begin();
  const lists = (listed: Record<string, string>): Promise<void> =>
    vi.waitFor(() => expect(Object.fromEntries(state.listed)).toEqual(listed), { timeout: 8000, interval: 50 });
  return { service, state, lists };
}

describe('a watched root', () => {
  it('P-7: what is added, replaced, renamed and deleted outside is listed so', { timeout: 40_000 }, async () => {
    const folder = tempFolder();
    const bytes = safetensors({}).length;
    const { lists } = serve(folder, { mode: 'watch' });
    const first = put(folder, 'a.safetensors');
    await lists({ 'a.safetensors': `a ${String(bytes)} bare` });
    const deep = put(folder, 'sub/deep/b.safetensors');
    await lists({ 'a.safetensors': `a ${String(bytes)} bare`, 'sub/deep/b.safetensors': `b ${String(bytes)} bare` });
    put(folder, 'new.tmp', safetensors({ w: {} }));
    renameSync(join(folder, 'new.tmp'), first);
    await lists({
      'a.safetensors': `a ${String(safetensors({ w: {} }).length)} bare`,
      'sub/deep/b.safetensors': `b ${String(bytes)} bare`,
    });
    renameSync(deep, join(folder, 'sub/c.safetensors'));
    rmSync(first);
    await lists({ 'sub/c.safetensors': `c ${String(bytes)} bare` });
    put(folder, 'sub/c.metadata.json', sidecar({ model_name: 'Ink' }));
    await lists({ 'sub/c.safetensors': `Ink ${String(bytes)} bare` });
    writeFileSync(join(folder, 'sub/c.metadata.json'), sidecar({ model_name: 'Pen' }));
    await lists({ 'sub/c.safetensors': `Pen ${String(bytes)} bare` });
    put(folder, 'sub/c.webp', 'x');
    await lists({ 'sub/c.safetensors': `Pen ${String(bytes)} with preview` });
    renameSync(join(folder, 'sub'), join(folder, 'v1.5'));
    await lists({ 'v1.5/c.safetensors': `Pen ${String(bytes)} with preview` });
    rmSync(join(folder, 'v1.5'), { recursive: true });
    await lists({});
  });

  it('is left alone when nothing changed: scans and their reading are no change', async () => {
    const folder = tempFolder();
    put(folder, 'a.safetensors');
    const { state } = serve(folder, { mode: 'watch' });
    await vi.waitFor(() => expect(state.scans).toBe(1));
    await sleep(1500);
    expect(state.scans).toBe(1);
  });

  it('that is away and comes back is noticed', { timeout: 20_000 }, async () => {
    const folder = tempFolder();
    const share = join(folder, 'share');
    put(folder, 'share/a.safetensors');
    const { state, lists } = serve(share, { mode: 'watch', everySeconds: 0.3 });
    await vi.waitFor(() => expect(state.listed.size).toBe(1));
    renameSync(share, join(folder, 'unplugged'));
    await lists({});
    renameSync(join(folder, 'unplugged'), share);
    put(share, 'b.safetensors');
    await vi.waitFor(() => expect([...state.listed.keys()]).toEqual(['a.safetensors', 'b.safetensors']), 5000);
  });
});

it('a root at intervals is looked at again and again', async () => {
  const folder = tempFolder();
  const { state, service } = serve(folder, { mode: 'interval', everySeconds: 0.05 });
  await vi.waitFor(() => expect(state.scans).toBeGreaterThan(2), 5000);
  const path = put(folder, 'a.safetensors');
  await vi.waitFor(() => expect(state.listed.size).toBe(1), 5000);
  await service.close();
  const { scans } = state;
  appendFileSync(path, 'x');
  await sleep(200);
  expect(state.scans).toBe(scans);
});
