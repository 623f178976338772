import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelLibrary, RootsConfiguration } from '@modelshelf/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

/** What an example host hands back once it listens. */
interface RunningHost {
  readonly server: {
    address(): string | { readonly port: number } | null;
    close(done: () => void): unknown;
  };
  readonly library: ModelLibrary;
}

const reader = { authorization: 'Bearer look-only' };
const admin = { authorization: 'Bearer all-powers' };

/** Checks that an example host keeps what is its own and that its login decides about the library. */
export function checkHost(
  name: string,
  start: (port: number, roots: RootsConfiguration) => Promise<RunningHost>,
): void {
  describe(`a host with ${name}`, () => {
    let folder: string;
    let host: RunningHost;
    let origin: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'modelshelf-host-'));
      vi.stubEnv('XDG_DATA_HOME', join(folder, 'data'));
      await writeFile(join(folder, 'Ink wash.safetensors'), 'not really');
      await writeFile(join(folder, 'Ink wash.png'), 'a picture');
      host = await start(0, { loras: [folder] });
      const address = host.server.address();
      origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
      await host.library.ready;
    });

    afterAll(async () => {
      await host.library.close();
      await new Promise<void>((resolve) => host.server.close(resolve));
      await rm(folder, { recursive: true, force: true });
      vi.unstubAllEnvs();
    });

    const ask = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(origin + path, { ...init, headers: { ...init.headers, connection: 'close' } });
      return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
    };

    it('keeps its own routes and its own parser', async () => {
      const headers = { ...reader, 'content-type': 'application/json' };
      const answer = await ask('/notes', { method: 'POST', headers, body: '{"text":"墨"}' });
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.text)).toEqual({ note: { text: '墨' }, by: 'reader' });
      expect((await ask('/api/lm/loras/list', { headers: admin })).status).toBe(404);
    });

    it('lets nobody in who is not logged in', async () => {
      for (const path of ['/models/loras', '/models/api/lm/loras/list', '/models/api/lm/loras/scan']) {
        const { status, text } = await ask(path, { headers: { authorization: 'Bearer guess' } });
        expect([status, JSON.parse(text).code]).toEqual([403, 'forbidden']);
      }
    });

    it('shows the library to a reader, with links that work below the mount', async () => {
      const list = await ask('/models/api/lm/loras/list', { headers: reader });
      expect(list.status).toBe(200);
      const [item] = JSON.parse(list.text).items;
      expect(item.file_name).toBe('Ink wash');
      expect(await ask(item.preview_url, { headers: reader })).toMatchObject({ status: 200, text: 'a picture' });

      const page = await ask('/models/loras', { headers: reader });
      expect([page.status, page.type]).toEqual([200, 'text/html; charset=utf-8']);
      expect(page.text).toContain('href="/models/checkpoints"');
    });

    it('lets an admin change something, and no reader', async () => {
      const scan = (headers: Record<string, string>) => ask('/models/api/lm/loras/scan', { method: 'POST', headers });
      expect((await scan(reader)).status).toBe(403);
      expect((await scan(admin)).status).toBe(200);
    });
  });
}
