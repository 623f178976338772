import { lstat, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SHELF_ROOTS, isSidecar } from './shelf-names.js';

/** What a sidecar says that a user cares about, values that mean nothing left out. */
export type Facts = Readonly<Record<string, unknown>>;

/** The bytes of a file as latin-1 text; of a sidecar what it says. */
export type Content = string | Facts;

/** What lies below the roots, by path relative to the folder of a test, with `/`. */
export interface ShelfDisk {
  readonly files: Map<string, Content>;
  /** Files of the trash, manifests left out, by root, batch, number and name. */
  readonly trash: Map<string, Content>;
  /** What the manifests say: batch to original path to content. */
  readonly batches: Map<string, TrashedFiles>;
  readonly folders: Set<string>;
}

/** One batch of the trash. */
export interface TrashedFiles {
  readonly files: Map<string, Content>;
  /** Copies of what stayed beside another model. */
  readonly copies: Map<string, Content>;
}

interface Manifest {
  readonly entries: readonly { readonly staged: string; readonly original: string; readonly copy?: boolean }[];
}

const TOLD = ['model_name', 'base_model', 'tags', 'notes', 'favorite', 'exclude', 'civitai'];

const saysNothing = (value: unknown): boolean =>
  value === '' || value === false || value === null || (typeof value === 'object' && Object.keys(value).length === 0);

/** The facts of a sidecar: known members that say something, and every member of which the library knows nothing. */
export function factsOf(sidecar: Readonly<Record<string, unknown>>): Facts {
  const told = Object.entries(sidecar).filter(([key]) => TOLD.includes(key) || key.startsWith('x_'));
  return Object.fromEntries(told.filter(([, value]) => !saysNothing(value)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a file holds; a sidecar has to be JSON. */
export async function contentAt(path: string): Promise<Content> {
  if (!isSidecar(path)) return (await readFile(path)).toString('latin1');
  const value: unknown = JSON.parse(await readFile(path, 'utf8'));
  if (typeof value !== 'object' || value === null) throw new Error(`${path} is no object`);
  return factsOf(Object.fromEntries(Object.entries(value)));
}

/** Reads everything below the roots of a test. */
export async function readShelf(folder: string): Promise<ShelfDisk> {
  const disk: ShelfDisk = { files: new Map(), trash: new Map(), batches: new Map(), folders: new Set() };
  const manifests: string[] = [];
  for (const root of Object.keys(SHELF_ROOTS)) await walk(folder, root, disk, manifests);
  for (const path of manifests) {
    const [root = '', , , id = ''] = path.split('/');
    const { entries } = JSON.parse(await readFile(join(folder, path), 'utf8')) as Manifest;
    const batch = disk.batches.get(id) ?? { files: new Map<string, Content>(), copies: new Map<string, Content>() };
    disk.batches.set(id, batch);
    for (const { staged, original, copy } of entries) {
      const content = disk.trash.get(`${root}/.modelshelf/trash/${id}/${staged}`);
      // Gone from the trash: brought back or purged by a run that was cut short.
      if (content !== undefined) (copy === true ? batch.copies : batch.files).set(`${root}/${original}`, content);
    }
  }
  return disk;
}

async function walk(folder: string, path: string, disk: ShelfDisk, manifests: string[]): Promise<void> {
  for (const name of (await readdir(join(folder, path))).sort()) {
    const child = `${path}/${name}`;
    const status = await lstat(join(folder, child));
    const inTrash = child.includes('/.modelshelf/trash/');
    if (status.isDirectory()) {
      if (!child.includes('/.modelshelf')) disk.folders.add(child);
      await walk(folder, child, disk, manifests);
    } else if (inTrash) {
      if (/^manifest(-\d+)?\.json$/.test(name)) manifests.push(child);
      else disk.trash.set(child, await contentAt(join(folder, child)));
    } else if (!child.includes('/.modelshelf/')) {
      disk.files.set(child, await contentAt(join(folder, child)));
    }
  }
}
