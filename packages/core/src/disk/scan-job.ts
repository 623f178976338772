import type { ModelRoot, ScanIssue, ScannedModel } from '../shapes/scan.js';

/** What a scan of one model type needs to know: plain data, so that it can cross to a worker thread. */
export interface ScanJob {
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
}

/** What a scan tells while it runs. `onModels` may take its time: the worker waits after a few unanswered chunks. */
export interface ScanListener {
  /** Every root was walked; this many files have a matching extension. */
  onCounted(total: number): void;
  /** A chunk of models in path order of discovery, with the number of files handled so far. */
  onModels(models: readonly ScannedModel[], handled: number): void | Promise<void>;
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
  /** Real paths that links below the roots lead to: contained, as far as previews are concerned. */
  readonly linkTargets: readonly string[];
  /** Models left out because their sidecar says so, by path. */
  readonly excluded: readonly string[];
}
