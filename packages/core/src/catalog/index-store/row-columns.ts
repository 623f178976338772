import type { CatalogEntry } from '../../shapes/catalog-entry.js';
import { folderOf, isWithin, joinPath, nameOf, relativeTo } from '../../disk/normalise-path.js';

const names = [
  'folder_path',
  'name',
  'root',
  'flags',
  'file_size',
  'file_mtime',
  'file_ino',
  'sidecar_size',
  'sidecar_mtime',
  'sidecar_ino',
  'stamp',
  'sha256',
  'autov3',
  'model_name',
  'base_model',
  'modified',
  'preview_ending',
  'preview_nsfw_level',
  'license_flags',
  'usage_tips',
  'tags',
  'civitai',
  'metadata_source',
  'last_checked_at',
  'sub_type',
  'digest',
  'hash_status',
  'origin',
  'notes',
  'hf_url',
  'aliases',
  'preview_url',
  'size',
  'folder',
  'file_name',
] as const;

type Column = (typeof names)[number];

/**
 * Where each column of a row stands. A value that equals its default is written as null, and nulls at the end are left
 * out: what is rarely there stands last. A change of this list is a new version of the store.
 */
export const COLUMN = Object.freeze(Object.fromEntries(names.map((name, at) => [name, at]))) as Readonly<
  Record<Column, number>
>;

/** The members that are true or false with their defaults; the column `flags` has a bit for each that differs. */
export const FLAGS = [
  ['from_civitai', true],
  ['favorite', false],
  ['exclude', false],
  ['db_checked', false],
  ['civitai_deleted', false],
  ['skip_metadata_refresh', false],
] as const satisfies readonly (readonly [keyof CatalogEntry, boolean])[];

/** Texts that a row need not hold because its path tells them. */
export interface PathParts {
  /** Undefined for a path that is not this folder and this name joined. */
  readonly folderPath: string | undefined;
  readonly name: string;
}

export function splitPath(path: string): PathParts {
  const [folderPath, name] = [folderOf(path), nameOf(path)];
  return joinPath(folderPath, name) === path ? { folderPath, name } : { folderPath: undefined, name: path };
}

/** What the path of a preview begins with when it lies beside its model and is named after it. */
export function besideOf(folderPath: string | undefined, stem: string): string {
  return folderPath === undefined ? stem : joinPath(folderPath, stem);
}

/** The folder relative to the root; empty where the path does not lie below it. */
export function folderBelow(root: string, folderPath: string | undefined): string {
  return folderPath !== undefined && folderPath !== root && isWithin(root, folderPath)
    ? relativeTo(root, folderPath)
    : '';
}

/** The column `flags`. */
export function flagsOf(entry: CatalogEntry): number {
  return FLAGS.reduce((bits, [name, fallback], at) => (entry[name] === fallback ? bits : bits | (1 << at)), 0);
}
