import type { ModelRoot } from '../shapes/scan.js';
import type { FolderNames } from './preview-discovery.js';

/** A model file as the walk met it: not yet opened, not even `stat`ed. */
export interface FoundModel {
  readonly name: string;
  /** As reached from the root, through links if need be. */
  readonly path: string;
  /** The same file without links on the way. */
  readonly realPath: string;
  readonly aliases: string[];
}

/** A folder that was listed. */
export interface FoundFolder {
  readonly root: ModelRoot;
  readonly path: string;
  readonly realPath: string;
  /** Names of its files, links to files included. */
  readonly names: FolderNames;
  readonly models: FoundModel[];
}
