/** A file, or a link, that gets another path. Never over anything that is there, unless the plan takes that away first. */
export interface PlannedMove {
  readonly from: string;
  readonly to: string;
}

/** A file that is not there yet: with this text, or with these bytes. */
export interface PlannedFile {
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** A small text file that is there, under this path once the moves are done, and gets another content. */
export interface PlannedRewrite {
  readonly path: string;
  readonly content: string;
}

/** A file that becomes another name of a file with the same bytes, which the caller has compared. */
export interface PlannedLink {
  readonly path: string;
  readonly to: string;
}

/**
 * What one mutation does to files, worked out before anything is touched. Absolute paths, `/` separators.
 *
 * Invariant: after a plan was run, or was cut short and recovered, either all of it is done or none.
 */
export interface FilePlan {
  /** What it is for, such as `rename`: journal and history tell it. */
  readonly kind: string;
  /** In this order: a file may take the path that an earlier move, or a discard, leaves free. */
  readonly moves?: readonly PlannedMove[];
  readonly creates?: readonly PlannedFile[];
  readonly rewrites?: readonly PlannedRewrite[];
  readonly links?: readonly PlannedLink[];
  /** Files that are not needed any more once the rest is done; they leave their paths at once. One that is not there is no failure. */
  readonly discards?: readonly string[];
  /** Folders that are removed at the end if they are empty then; never one that holds anything. */
  readonly emptied?: readonly string[];
}
