import { z } from 'zod';
import type { CatalogEntry } from './catalog-entry.js';
import type { RootScanPolicy } from './root-scan-policy.js';

/** What a scan met and stepped over. Every row is one file, folder or root; nothing else was affected by it. */
export const scanIssueSchema = z.object({
  code: z.enum([
    'header_unreadable',
    'sidecar_corrupt',
    'sidecar_incomplete',
    'sidecar_shared',
    'dead_link',
    'link_loop',
    'cross_device_link',
    'folder_unreadable',
    'file_unreadable',
    'name_unreadable',
    'root_offline',
    'move_ambiguous',
  ]),
  path: z.string(),
  message: z.string(),
});

export type ScanIssue = z.infer<typeof scanIssueSchema>;

/** A configured folder that holds models of one type. */
export interface ModelRoot {
  /** Stable within a configuration: `<category>-<position>`, such as `loras-0`. */
  readonly id: string;
  /** Absolute, `/` separators, as the user spelled it. */
  readonly path: string;
  /** What models below this root are, when the root decides it (checkpoints and diffusion models). */
  readonly subType: string | null;
  /** When to compare it with the disk; absent: `DEFAULT_SCAN_POLICY`. */
  readonly scan?: RootScanPolicy;
  /** True where nothing is ever written: metadata that is edited there is kept in the data folder. */
  readonly readOnly?: boolean;
}

/** Size, time and inode: a file that keeps all three is taken as unchanged. */
export interface FileSignature {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ino: number;
}

/**
 * Where a model's metadata was read from: its own sidecar, another tool's file, what the library remembers of a file that
 * was moved without its sidecar, or nowhere.
 */
export const metadataOriginSchema = z.enum([
  'sidecar',
  'civitai_info',
  'cm_info',
  'swarm',
  'a1111',
  'remembered',
  'none',
]);

export type MetadataOrigin = z.infer<typeof metadataOriginSchema>;

/** Whether a digest was computed from the bytes here, or is what a sidecar states. */
export type DigestOrigin = 'computed' | 'stated' | 'none';

/** One model as a scan found it on disk. `entry.sha256` is empty when no sidecar knew it. */
export interface ScannedModel {
  readonly root: string;
  readonly entry: CatalogEntry;
  readonly file: FileSignature;
  readonly sidecar: FileSignature | null;
  readonly origin: MetadataOrigin;
  readonly digest: DigestOrigin;
  /**
   * Everything that a scan sees of this model without opening a file, as one text: a model whose stamp is the same needs
   * not be read again. Empty when nothing is known.
   */
  readonly stamp: string;
  /** Other paths below the roots that lead to the same physical file through links. */
  readonly aliases: readonly string[];
}
