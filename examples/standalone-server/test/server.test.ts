import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { demoFolder } from '../src/demo-library.js';
import { demoWeights } from '../src/demo-weights.js';
import { buildServer, runServer, type RunningServer } from './run-server.js';

const listening = /^listening on (http:\/\/\S+)$/m;
const ready = /^ready: (\d+) models in \d+ ms$/m;

let built: Awaited<ReturnType<typeof buildServer>>;
let folder: string;
let roots: string[];
const running: RunningServer[] = [];

beforeAll(async () => {
  built = await buildServer();
  folder = await mkdtemp(join(tmpdir(), 'modelshelf-server-test-'));
  const loras = join(folder, 'loras');
  await mkdir(join(loras, 'deep'), { recursive: true });
  for (const name of ['ink', 'deep/rain', 'deep/墨 絵']) {
    await writeFile(join(loras, `${name}.safetensors`), demoWeights('loras', name, { format: 'pt' }));
  }
  roots = ['--root', `loras=${loras}`];
}, 60_000);

afterEach(async () => {
  for (const server of running.splice(0)) {
    server.kill('SIGKILL');
    await server.exited;
  }
});

afterAll(async () => {
  await rm(built.folder, { recursive: true });
  await rm(folder, { recursive: true });
});

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningServer {
  const server = runServer(built.main, ['--port', '0', '--data-dir', join(folder, 'data'), ...args], env);
  running.push(server);
  return server;
}

describe.each(['express', 'fastify', 'koa'])('the server with %s', { timeout: 60_000 }, (framework) => {
  it('listens, gets ready, answers and stops', async () => {
    const server = start([...roots, '--framework', framework]);
    const origin = await server.line(listening);
    expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    expect(await server.line(ready)).toBe('3');

    const list = await fetch(`${origin}/api/lm/loras/list`);
    expect(list.status).toBe(200);
    const { items, total } = JSON.parse(await list.text());
    expect(total).toBe(3);
    expect(items.map((item: { file_name: string }) => item.file_name)).toEqual(['ink', 'rain', '墨 絵']);

    const page = await fetch(`${origin}/loras`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await page.text()).toContain('<option value="deep">deep</option>');

    const home = await fetch(`${origin}/`, { redirect: 'manual' });
    expect([home.status, home.headers.get('location')]).toEqual([302, '/loras']);
    expect((await fetch(`${origin}/nothing/here`)).status).toBe(404);

    server.kill('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(server.output.stderr).toBe('');
  });

  it('refuses requests that name another host', async () => {
    const server = start([...roots, '--framework', framework]);
    const { port } = new URL(await server.line(listening));
    await server.line(ready);
    // fetch does not let a caller choose the Host header.
    expect(await rawStatus(port, `evil.example:${port}`, '/api/lm/loras/list')).toBe(403);
    expect(await rawStatus(port, 'evil.example', '/')).toBe(403);
    expect(await rawStatus(port, `localhost:${port}`, '/api/lm/loras/list')).toBe(200);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('stops on %s although somebody listens to events', async (signal) => {
    const server = start([...roots, '--framework', framework]);
    const origin = await server.line(listening);
    await server.line(ready);
    const events = await fetch(`${origin}/api/lm/progress/events`);
    const reader = events.body?.getReader();
    await reader?.read();
    server.kill(signal);
    expect(await server.exited).toEqual({ code: 0, signal: null });
    await reader?.cancel().catch(() => undefined);
  });
});

describe('starting the server', { timeout: 60_000 }, () => {
  it.each([
    [['--nonsense'], "Unknown option '--nonsense'"],
    [['--root', 'loras=/no/such/folder'], 'there is no such folder'],
    [['--settings', '/no/such/settings.json'], 'there is no such file'],
    [['--port', 'x'], 'expected a number'],
    [['--civitai-url', 'nowhere'], 'expected an origin'],
    [['--data-dir', '/dev/null/data'], 'nothing can be kept there'],
  ])('with %j ends with code 2 and one line', async (args, reason) => {
    const server = start(args);
    expect(await server.exited).toEqual({ code: 2, signal: null });
    expect(server.output.stderr).toMatch(/^modelshelf: [^\n]+\n$/);
    expect(server.output.stderr).toContain(reason);
    expect(server.output.stdout).toBe('');
  });

  it('with a port that is in use ends with code 1 and says so', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = String(typeof address === 'object' && address !== null ? address.port : 0);
    const server = start([...roots, '--port', port]);
    expect(await server.exited).toEqual({ code: 1, signal: null });
    expect(server.output.stderr).toBe(
      `modelshelf: port ${port} on 127.0.0.1 is in use: stop what uses it, or choose another with --port\n`,
    );
    taken.close();
  });

  it('with --help explains itself', async () => {
    const server = start(['--help', '--nonsense']);
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(server.output.stdout).toContain('Usage:');
  });

  it('takes folders from a settings file', async () => {
    const file = join(folder, 'settings.json');
    await writeFile(file, JSON.stringify({ language: 'de', folder_paths: { loras: [join(folder, 'loras')] } }));
    const server = start(['--settings', file]);
    const origin = await server.line(listening);
    expect(await server.line(ready)).toBe('3');
    expect(await (await fetch(`${origin}/loras`)).text()).toContain('Alle Ordner');
  });

  it('with a settings file that names a missing folder ends with code 2', async () => {
    const file = join(folder, 'gone.json');
    await writeFile(file, JSON.stringify({ folder_paths: { loras: [join(folder, 'gone')] } }));
    const server = start(['--settings', file]);
    expect(await server.exited).toEqual({ code: 2, signal: null });
    expect(server.output.stderr).toContain('folder_paths.loras: there is no such folder');
    expect(server.output.stdout).toBe('');
  });

  it('shows what the scan stepped over, in one line', async () => {
    const checkpoints = join(folder, 'checkpoints');
    await mkdir(checkpoints);
    for (const name of ['a', 'b', 'c', 'd']) await writeFile(join(checkpoints, `${name}.safetensors`), 'no header');
    const server = start(['--root', `checkpoints=${checkpoints}`]);
    await server.line(ready);
    const line = await server.line(/^(scan issues: .*)$/m);
    expect(line).toMatch(/^scan issues: 4: header_unreadable \S+\/[abcd]\.safetensors \(.+; \.\.\.$/);
    expect(line.match(/header_unreadable/g)).toHaveLength(3);
  });

  it('without folders makes the demo library, once', async () => {
    const env = { TMPDIR: join(folder, 'tmp'), TEMP: join(folder, 'tmp'), TMP: join(folder, 'tmp') };
    await mkdir(env.TMPDIR);
    const demo = join(env.TMPDIR, demoFolder().slice(tmpdir().length));
    const markers: number[] = [];
    for (let run = 0; run < 2; run += 1) {
      const server = start([], env);
      const origin = await server.line(listening);
      expect(await server.line(ready)).toBe('60');
      markers.push((await stat(join(demo, 'complete'))).mtimeMs);

      const list = await fetch(`${origin}/api/lm/loras/list?search=ink`);
      const { items } = JSON.parse(await list.text());
      const preview = await fetch(origin + String(items[0].preview_url));
      expect([preview.status, preview.headers.get('content-type')]).toEqual([200, 'image/png']);
      const file = items[0].file_path.replace('.safetensors', '.preview.png');
      expect(Buffer.from(await preview.arrayBuffer())).toEqual(await readFile(file));
      server.kill('SIGTERM');
      expect((await server.exited).code).toBe(0);
    }
    expect(markers[0]).toBe(markers[1]);
  });
});

/** Status of a request with a Host header of our choice. */
function rawStatus(port: string, host: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, headers: { host }, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}
