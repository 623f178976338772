import type { ModelRoot, ScanIssue, ScannedModel } from '../shapes/scan.js';

/** Path and stamp of a model that the catalog knows; with an empty stamp it is read again. */
export type KnownModel = readonly [path: string, stamp: string];

/** What a scan of one model type needs to know: plain data, so that it can cross to a worker thread. */
export interface ScanJob {
  /** All configured roots, also those that this scan leaves out. */
  readonly roots: readonly ModelRoot[];
  /** Lower case, with the dot. */
  readonly extensions: readonly string[];
  /** Folder names that are never entered, at any depth. */
  readonly skippedFolders: readonly string[];
  /** Values of a model that has no sidecar. */
  readonly defaults: {
    readonly from_civitai: boolean;
    readonly sub_type: string | null;
    readonly usage_tips: string;
  };
  /** Ids of the roots to scan; left out: all. */
  readonly only?: readonly string[] | undefined;
  /** What the catalog knows: a model whose stamp is the same is neither opened nor told again. */
  readonly known?: readonly KnownModel[] | undefined;
  /** Root id to the identity that the root had when a scan last saw it, to tell an emptied root from an unmounted one. */
  readonly rootIdentities?: Readonly<Record<string, string>> | undefined;
}

/** What a scan tells while it runs. `onModels` may take its time: the worker waits after a few unanswered chunks. */
export interface ScanListener {
  /**
   * Every root was walked; this many files have a matching extension. `linkTargets` are the real paths that links below
   * the roots lead to: contained, as far as previews are concerned.
   */
  onCounted(total: number, linkTargets: ReadonlySet<string>): void;
  /**
   * A chunk of models in path order of discovery, excluded ones included, and the paths of known models that are as they
   * were; with the number of files handled so far.
   */
  onModels(models: readonly ScannedModel[], unchangedPaths: readonly string[], handled: number): void | Promise<void>;
}

/** What is known at the end of a scan. */
export interface ScanOutcome {
  readonly counted: number;
  /** At most 1,000; `issuesDropped` counts the rest. */
  readonly issues: readonly ScanIssue[];
  readonly issuesDropped: number;
  /** Ids of roots that could not be read: their models are neither listed anew nor missing. */
  readonly offlineRoots: readonly string[];
  /** Folders, files and dead links below a root: what was known there and could not be read is not missing. */
  readonly unreadablePaths: readonly string[];
  /** Real paths that links below the scanned roots lead to. */
  readonly linkTargets: readonly string[];
  /** Root id to identity, of the roots that were seen. */
  readonly rootIdentities: Readonly<Record<string, string>>;
  /** Files that were opened: sidecars, other tools' files and headers of models. */
  readonly opened: number;
}
