import type { ScanIssue, ScannedModel } from '../../shapes/scan.js';
import { ambiguousMove } from './ambiguous-move.js';
import type { Ambiguity } from './match-moves.js';

type Standing = Ambiguity<{ readonly path: string }, ScannedModel>;

/**
 * Files that could not be told apart.
 *
 * Invariant: an ambiguous move is told by every scan until it is no longer ambiguous.
 */
export class StandingAmbiguities {
  readonly #standing = new Map<string, Standing>();

  add(ambiguity: Standing): void {
    this.#standing.set(ambiguousMove(ambiguity).message, ambiguity);
  }

  /** Those that still stand, told; the others are forgotten. */
  issues(stands: (ambiguity: Standing) => boolean): ScanIssue[] {
    for (const [key, ambiguity] of this.#standing) if (!stands(ambiguity)) this.#standing.delete(key);
    return [...this.#standing.values()].map(ambiguousMove);
  }
}
