/** What goes first on a disk; within one rank the smallest file does. */
export const RANK = {
  /** Somebody waits for this very file. */
  demand: 0,
  pending: 1,
  suspect: 2,
  /** Possible duplicates among files that are too large to be read unasked otherwise. */
  lazySuspect: 3,
} as const;
