import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FileEngine } from '../../src/disk/file-engine.js';
import type { FilePlan } from '../../src/disk/file-plan.js';
import type { RootLockTimes } from '../../src/disk/root-lock.js';
import type { Logger } from '../../src/ports/logger.js';
import { silentLogger } from '../../src/ports/logger.js';
import { nodeFileOperations, type FileOperations } from '../../src/ports/file-operations.js';

/** A lock whose owner always seems dead: what is simulated within one process is the end of a process. */
export const DEAD_AT_ONCE: RootLockTimes = { heartbeatMs: 3_600_000, staleMs: -3_600_000, idleMs: 3_600_000 };

/** The disk, with nothing flushed: no test cuts the power. */
export const quick: FileOperations = {
  ...nodeFileOperations,
  writeNew: (path, content) => writeFile(path, content, { flag: 'wx' }),
  sync: async (path) => void (await nodeFileOperations.lstat(path)),
  syncFolder: async (path) => void (await nodeFileOperations.lstat(path)),
};

/** A folder with two roots and a data folder. */
export interface Stage {
  readonly folder: string;
  readonly a: string;
  readonly b: string;
  readonly dataDir: string;
}

export function stageIn(folder: string): Stage {
  const stage = { folder, a: join(folder, 'a'), b: join(folder, 'b'), dataDir: join(folder, 'data') };
  for (const root of [stage.a, stage.b]) mkdirSync(root, { recursive: true });
  return stage;
}

export function engineOn(
  { a, b, dataDir }: Pick<Stage, 'a' | 'b' | 'dataDir'>,
  files: FileOperations = nodeFileOperations,
  more: { times?: RootLockTimes; logger?: Logger; now?: () => number } = {},
): FileEngine {
  const clock = { now: more.now ?? (() => Date.now()) };
  return new FileEngine({
    dataDir,
    files,
    clock,
    logger: more.logger ?? silentLogger,
    roots: () => [a, b],
    times: more.times,
  });
}

/** Everything below the roots: folders, names and contents of files, where links lead. */
export function treeOf({ a, b }: Pick<Stage, 'a' | 'b'>): Record<string, string> {
  const tree: Record<string, string> = {};
  const walk = (path: string, name: string): void => {
    const status = lstatSync(path);
    if (status.isDirectory()) {
      if (name.endsWith('/.modelshelf')) return;
      tree[name] = 'folder';
      for (const child of readdirSync(path).sort()) walk(join(path, child), `${name}/${child}`);
    } else if (status.isSymbolicLink()) {
      tree[name] = `-> ${readlinkSync(path)}`;
    } else {
      tree[name] = readFileSync(path, 'utf8');
    }
  };
  walk(a, 'a');
  walk(b, 'b');
  return tree;
}

/** Some of the numbers below a count, others in every case; all of them in a deep run. */
export function sampled(count: number, wanted: number, seed: number): number[] {
  const all = Array.from({ length: count }, (_, n) => n);
  if (process.env['MODELSHELF_DEEP'] === '1' || count <= wanted) return all;
  const step = count / wanted;
  return Array.from({ length: wanted }, (_, n) => Math.floor(n * step + ((seed * 0.618_034) % 1) * step));
}

/** What is left in the data folder of plans that are not over. */
export function unsettled({ dataDir }: Pick<Stage, 'dataDir'>): string[] {
  const journal = join(dataDir, 'journal');
  if (!existsSync(journal)) return [];
  return readdirSync(journal, { recursive: true, encoding: 'utf8' }).filter((name) => !name.endsWith('owner.lock'));
}

/** Writes a file and the folders above it. */
function put(folder: string, name: string, content: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** A plan over files that it lays out first. */
export interface Scene {
  readonly name: string;
  readonly layOut: (stage: Stage) => void;
  readonly plan: (stage: Stage) => FilePlan;
}

const link = (target: string, path: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
};

export const SCENES: readonly Scene[] = [
  {
    name: 'rename with companions',
    layOut: ({ a }) => {
      put(a, 'x/old.safetensors', 'model');
      put(a, 'x/old.metadata.json', '{"file_name":"old"}');
      put(a, 'x/old.preview.PNG', 'image');
      put(a, 'x/other.safetensors', 'other');
    },
    plan: ({ a }) => ({
      kind: 'rename',
      moves: ['.safetensors', '.metadata.json', '.preview.PNG'].map((suffix) => ({
        from: `${a}/x/old${suffix}`,
        to: `${a}/x/new${suffix}`,
      })),
      rewrites: [{ path: `${a}/x/new.metadata.json`, content: '{"file_name":"new"}' }],
    }),
  },
  {
    name: 'preview over a former one with the same bytes and name',
    layOut: ({ a }) => {
      put(a, 'm.safetensors', 'model');
      put(a, 'm.webp', 'image');
      put(a, 'm.png', 'former image');
      put(a, 'm.metadata.json', '{}');
    },
    plan: ({ a }) => ({
      kind: 'replace-preview',
      creates: [{ path: `${a}/m.webp`, content: Buffer.from('image') }],
      discards: [`${a}/m.webp`, `${a}/m.png`],
      rewrites: [{ path: `${a}/m.metadata.json`, content: '{"preview_url":"m.webp"}' }],
    }),
  },
  {
    name: 'organise into new folders, to another root, with a link',
    layOut: ({ a }) => {
      put(a, 'in/one.safetensors', 'one');
      put(a, 'in/one.metadata.json', '{"n":1}');
      put(a, 'store/two.safetensors', 'two');
      link('../store/two.safetensors', join(a, 'in/two.safetensors'));
      put(a, 'keep/other.txt', 'other');
    },
    plan: ({ a, b }) => ({
      kind: 'organise',
      moves: [
        { from: `${a}/in/one.safetensors`, to: `${b}/base/tag/one.safetensors` },
        { from: `${a}/in/one.metadata.json`, to: `${b}/base/tag/one.metadata.json` },
        { from: `${a}/in/two.safetensors`, to: `${a}/base/tag/two.safetensors` },
      ],
      rewrites: [{ path: `${b}/base/tag/one.metadata.json`, content: '{"n":2}' }],
      emptied: [`${a}/in`, `${a}/keep`, a],
    }),
  },
  {
    name: 'delete into the trash',
    layOut: ({ a }) => {
      put(a, 'm.safetensors', 'model');
      put(a, 'm.metadata.json', '{}');
    },
    plan: ({ a }) => ({
      kind: 'delete',
      creates: [{ path: `${a}/trash/0/manifest.json`, content: '{"entries":2}' }],
      moves: ['m.safetensors', 'm.metadata.json'].map((name) => ({ from: `${a}/${name}`, to: `${a}/trash/0/${name}` })),
    }),
  },
  {
    name: 'hard links in the place of duplicates',
    layOut: ({ a, b }) => {
      put(a, 'one.safetensors', 'same');
      put(a, 'two.safetensors', 'same');
      put(b, 'unused.txt', 'old');
    },
    plan: ({ a, b }) => ({
      kind: 'dedupe',
      links: [{ path: `${a}/two.safetensors`, to: `${a}/one.safetensors` }],
      discards: [`${b}/unused.txt`],
    }),
  },
  {
    name: 'a chain of moves of copies that look alike',
    layOut: ({ a }) => {
      const path = put(a, 'one.safetensors', 'same');
      const twin = put(a, 'two.safetensors', 'same');
      linkSync(twin, join(a, 'twin.safetensors'));
      put(a, 'Case.safetensors', path.length > 0 ? 'case' : '');
    },
    plan: ({ a }) => ({
      kind: 'chain',
      moves: [
        { from: `${a}/two.safetensors`, to: `${a}/three.safetensors` },
        { from: `${a}/one.safetensors`, to: `${a}/two.safetensors` },
        { from: `${a}/Case.safetensors`, to: `${a}/case.safetensors` },
      ],
      creates: [{ path: `${a}/one.safetensors`, content: 'same' }],
    }),
  },
];

/** The disk, with the two roots on devices of their own. */
export function twoDevices({ a, b }: Pick<Stage, 'a' | 'b'>, files: FileOperations): FileOperations {
  const deviceOf = (path: string): string => (path.startsWith(`${a}/`) ? a : path.startsWith(`${b}/`) ? b : '');
  const check = (from: string, to: string): void => {
    if (deviceOf(from) !== deviceOf(to)) throw failure('EXDEV');
  };
  return {
    ...files,
    link: async (from, to) => {
      check(from, to);
      await files.link(from, to);
    },
    rename: async (from, to) => {
      check(from, to);
      await files.rename(from, to);
    },
  };
}

/** A disk without hard links. */
export function withoutLinks(files: FileOperations): FileOperations {
  return { ...files, link: () => Promise.reject(failure('EPERM')) };
}

export const failure = (code: string): Error => Object.assign(new Error(`${code}: made up`), { code });

/** Calls something before every operation, with its number; what that throws is what the operation rejects with. */
export function counting(files: FileOperations, before: (call: number, name: string) => void): FileOperations {
  let calls = 0;
  const counted: Record<string, unknown> = {};
  for (const [name, operation] of Object.entries(files) as [string, (...values: unknown[]) => Promise<unknown>][]) {
    counted[name] = async (...values: unknown[]): Promise<unknown> => {
      before(calls++, name);
      return operation(...values);
    };
  }
  return counted as unknown as FileOperations;
}
