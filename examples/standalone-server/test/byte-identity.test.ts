import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createModelLibrary, type ModelLibrary } from '@modelshelf/core';
import { modelPages } from '@modelshelf/ui';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRequests } from './read-requests.js';
import { HOSTS, serve, type HostName, type ServingHost } from './serving-hosts.js';

const MODELS = 2000;

let folder: string;
let library: ModelLibrary;
const hosts = new Map<HostName, ServingHost>();

function writeModels(loras: string): void {
  for (let index = 0; index < MODELS; index++) {
    const stem = join(loras, `set ${String(index % 20)}`, `Modèle ${String(index)} 東`);
    writeFileSync(`${stem}.safetensors`, Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{}')]));
    if (index % 3 === 0) writeFileSync(`${stem}.png`, `picture ${String(index)}`);
    const sidecar = {
      file_name: 'x',
      model_name: `Name ${String(index % 700)}`,
      file_path: 'x',
      size: 1,
      modified: 1_700_000_000 + (index % 50),
      sha256: createHash('sha256').update(String(index)).digest('hex'),
      base_model: index % 2 === 0 ? 'SDXL 1.0' : 'Flux.1 D',
      preview_url: '',
      tags: [`tag${String(index % 30)}`, 'style'],
      favorite: index % 10 === 0,
      autov3: null,
      civitai: { id: index, modelId: index % 500, name: 'v1', trainedWords: ['a', 'ü'] },
    };
    writeFileSync(`${stem}.metadata.json`, JSON.stringify(sidecar));
  }
}

/** What the routes of the other types, of duplicates and of excluded models have to say something about. */
function writeOthers(): void {
  const write = (name: string, content: string | object): void => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  };
  const sidecar = (more: object): object => ({
    file_name: 'x',
    model_name: 'X',
    file_path: 'x',
    size: 0,
    modified: 1_700_000_000,
    sha256: '',
    base_model: 'SD 1.5',
    preview_url: '',
    ...more,
  });
  for (const name of ['twin', 'twin (1)', 'sub/twin']) write(`loras/twins/${name}.safetensors`, 'the same bytes');
  write('loras/out/hidden é.safetensors', 'hidden');
  write('loras/out/hidden é.metadata.json', sidecar({ exclude: true, tags: ['hidden'] }));
  write('checkpoints/deep/Größe 1.gguf', 'checkpoint');
  write('checkpoints/deep/Größe 1.metadata.json', sidecar({ civitai: { id: 2, modelId: 1, name: 'v1' }, tags: ['ü'] }));
  write('checkpoints/flat.ckpt', 'another');
  write('unet/diffusion.safetensors', 'unet');
  write('embeddings/neg/東.pt', 'embedding');
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'modelshelf-identity-'));
  const loras = join(folder, 'loras');
  for (let set = 0; set < 20; set++) mkdirSync(join(loras, `set ${String(set)}`), { recursive: true });
  writeModels(loras);
  writeOthers();
  const roots = Object.fromEntries(
    ['loras', 'checkpoints', 'unet', 'embeddings'].map((category) => [category, [join(folder, category)]]),
  );
  library = createModelLibrary({ roots, dataDir: join(folder, 'data'), pages: modelPages(), digests: false });
  await library.ready;
  // Nothing is hashed while answers are compared.
  for (const prefix of ['loras', 'checkpoints', 'embeddings']) await library.digestAll(prefix);
  for (const name of HOSTS) hosts.set(name, await serve(name, library));
}, 60_000);

afterAll(async () => {
  await Promise.all(Array.from(hosts.values(), (host) => host.close()));
  await library.close();
  rmSync(folder, { recursive: true, force: true });
});

const list = '/api/lm/loras/list';
const requests: readonly (readonly [path: string, init?: RequestInit])[] = [
  [list],
  [`${list}?page=20&page_size=100&sort_by=date:desc`],
  [`${list}?sort_by=size&folder=set%203`],
  [`${list}?sort_by=random:7&page_size=50`],
  [`${list}?search=name%2069&base_model=Flux.1%20D&base_model=SDXL%201.0`],
  [`${list}?tag=tag3&tag=tag4&favorites_only=true`],
  [`${list}?page=x`],
  [`${list}?search=%00`],
  [list, { method: 'HEAD' }],
  ['/api/lm/loras/top-tags?limit=0'],
  ['/api/lm/loras/base-models'],
  ['/api/lm/loras/roots'],
  ['/api/lm/loras/folders'],
  ['/api/lm/loras/metadata?file_path=loras-0%3Aset%200/Mod%C3%A8le%200%20%E6%9D%B1.safetensors'],
  ['/api/lm/loras/metadata'],
  ['/api/lm/loras/preview-url?name=nothing'],
  ['/api/lm/loras/scan', { method: 'POST' }],
  ['/api/lm/loras/scan', { method: 'POST', body: '{"full_rebuild": tru' }],
  ['/api/lm/loras/scan', { method: 'POST', body: '<x/>', headers: { 'content-type': 'text/xml' } }],
  ['/api/lm/loras/scan', { headers: { 'sec-fetch-site': 'cross-site' } }],
  ['/api/lm/loras/scan', { headers: { 'sec-fetch-site': 'cross-site', accept: 'application/problem+json' } }],
  ['/api/lm/previews?path=/etc/passwd'],
  ['/api/lm/checkpoints/list'],
  ['/api/lm/embeddings/list?page_size=0'],
  ['/api/lm/health-check'],
  ['/loras'],
  ['/checkpoints'],
  ...readRequests,
];

describe('all frameworks and Fetch answer byte-identical bodies for the same request list', () => {
  const answer = async (name: HostName, template: string, init?: RequestInit): Promise<unknown[]> => {
    const path = template.replace('%7Bfolder%7D', encodeURIComponent(folder));
    const response = await hosts.get(name)?.send(path, init);
    if (response === undefined) throw new Error(`${name} does not serve`);
    const body = Buffer.from(await response.arrayBuffer()).toString('latin1');
    return [response.status, response.headers.get('content-type'), response.headers.get('content-length'), body];
  };

  it.each(requests.map(([path, init = {}]) => [path, init] as const))('%s %o', async (path, init) => {
    const [express, fastify, koa, bare] = await Promise.all(HOSTS.map((host) => answer(host, path, init)));
    expect(fastify).toEqual(express);
    expect(koa).toEqual(express);
    // Who serves Fetch answers adds the length.
    expect(bare?.toSpliced(2, 1)).toEqual(express?.toSpliced(2, 1));
    expect(express?.[0]).not.toBe(500);
  });

  it('previews and their ranges too', async () => {
    const { items } = await library.loras.getModels({ search: 'Modèle 0 ' });
    const path = items[0]?.preview_url ?? '';
    for (const headers of [{}, { range: 'bytes=2-4' }, { range: 'bytes=900-' }, { range: 'lines=1-2' }]) {
      const [express, fastify, koa] = await Promise.all(
        HOSTS.slice(0, 3).map((host) => answer(host, path, { headers })),
      );
      expect(fastify).toEqual(express);
      expect(koa).toEqual(express);
    }
  });
});
