import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createModelLibrary } from '@modelshelf/core';
import { expect, it } from 'vitest';
import { HOSTS, serve, type HostName } from './serving-hosts.js';
import { writeStory } from './write-story.js';

/** The one moment at which everything happens. */
const START = Date.UTC(2026, 0, 2, 3, 4, 5);

const sidecar = (more: object): string =>
  JSON.stringify({
    file_name: 'x',
    model_name: 'X',
    file_path: 'x',
    size: 0,
    modified: 1_700_000_000,
    sha256: '',
    base_model: 'SDXL 1.0',
    preview_url: '',
    ...more,
  });

const files: Readonly<Record<string, string>> = {
  'loras/a/ink.safetensors': 'ink',
  'loras/a/ink.metadata.json': sidecar({ tags: ['style'], _mine: { deep: [1] } }),
  'loras/a/ink.civitai.info': '{"id":1}',
  'loras/a/ink.png': 'old preview',
  'loras/a/pen.safetensors': 'pen',
  'loras/twins/one.safetensors': 'twin',
  'loras/twins/two.safetensors': 'twin',
  'loras/plain.safetensors': 'plain',
  'checkpoints/big.gguf': 'big',
};

/** A library of its own behind a host; its folder has a name of the same length every time. */
async function open(name: HostName) {
  const folder = await mkdtemp(join(tmpdir(), 'modelshelf-story-'));
  for (const [path, content] of Object.entries({ ...files, 'settings.json': '{}' })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
    await utimes(join(folder, path), START / 1000, START / 1000);
  }
  const library = createModelLibrary({
    roots: { loras: [join(folder, 'loras')], checkpoints: [join(folder, 'checkpoints')] },
    dataDir: `${folder}-data`,
    settingsFile: join(folder, 'settings.json'),
    digests: false,
    clock: { now: () => START },
  });
  await library.ready;
  for (const prefix of ['loras', 'checkpoints', 'embeddings']) await library.digestAll(prefix);
  const host = await serve(name, library);
  const close = async (): Promise<void> => {
    await host.close();
    await library.close();
    for (const each of [folder, `${folder}-data`]) await rm(each, { recursive: true, force: true });
  };
  return { folder, send: host.send, close };
}

/** A text without what differs from one copy of a library to the next: its place, and the names of batches. */
const neutral = (text: string, folder: string): string =>
  text
    .replaceAll(encodeURIComponent(folder), '{folder}')
    .replaceAll(folder, '{folder}')
    .replace(/[0-9a-f]{32}(?![0-9a-f])/g, (hex, at: number) => (/[0-9a-f]/.test(text[at - 1] ?? '') ? hex : '{batch}'));

/** What lies below the folder of a library: names, and the digests of contents. */
async function treeOf(folder: string): Promise<string[]> {
  const lines: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if (name.endsWith('writer.lock') || name.endsWith('.modelshelf')) continue;
    const content = (await lstat(path)).isFile() ? neutral(await readFile(path, 'latin1'), folder) : 'folder';
    lines.push(`${neutral(name, folder)} ${createHash('sha256').update(content).digest('hex')}`);
  }
  return lines.sort();
}

interface Told {
  readonly answers: readonly (readonly unknown[])[];
  readonly tree: readonly string[];
}

/** What a library answers to the whole story, and what it makes of its folder. */
async function tell(name: HostName): Promise<Told> {
  const { folder, send, close } = await open(name);
  try {
    const kept = new Map<string, string>();
    const fill = (text: string): string =>
      [...kept].reduce(
        (filled, [key, value]) => filled.replaceAll(`{${key}}`, value),
        text.replaceAll('{folder}', folder),
      );
    const answers: unknown[][] = [];
    for (const { path, init, keeps = [] } of writeStory) {
      const response = await send(fill(path), init?.(fill));
      const body = await response.text();
      const { headers, status } = response;
      for (const key of keeps) kept.set(key, String(Reflect.get(Object(JSON.parse(body)), key)));
      answers.push([path, status, headers.get('content-type'), headers.get('content-length'), neutral(body, folder)]);
    }
    return { answers, tree: await treeOf(folder) };
  } finally {
    await close();
  }
}

it(
  'all frameworks and Fetch answer a story of writes byte-identically, and leave the same files',
  { timeout: 60_000 },
  async () => {
    const told = new Map<HostName, Told>();
    for (const name of HOSTS) told.set(name, await tell(name));
    const [express, ...others] = HOSTS.map((name) => told.get(name));
    for (const other of others.slice(0, 2)) expect(other).toEqual(express);
    const withoutLength = ({ answers = [], tree = [] }: Partial<Told> = {}): unknown => [
      answers.map((answer) => answer.toSpliced(3, 1)),
      tree,
    ];
    // Who serves Fetch answers adds the length.
    expect(withoutLength(told.get('fetch'))).toEqual(withoutLength(express));
    const statuses = (express?.answers ?? []).map(([path, status, , , body]) => [path, status, body]);
    for (const line of statuses)
      expect(line).toEqual([line[0], expect.toBeOneOf([200, 400, 403, 404, 409, 413, 415]), line[2]]);
    expect(statuses.filter(([, status]) => status === 200).length).toBeGreaterThan(35);
    expect(express?.tree.length).toBeGreaterThan(10);
  },
);
