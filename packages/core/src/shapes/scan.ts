import { z } from 'zod';
import type { CatalogEntry } from './catalog-entry.js';

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
}

/** Size, time and inode: a file that keeps all three is taken as unchanged. */
export interface FileSignature {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ino: number;
}

/** One model as a scan found it on disk. `entry.sha256` is empty when no sidecar knew it. */
export interface ScannedModel {
  readonly root: string;
  readonly entry: CatalogEntry;
  readonly file: FileSignature;
  readonly sidecar: FileSignature | null;
  /** Other paths below the roots that lead to the same physical file through links. */
  readonly aliases: readonly string[];
}
