import { ModelshelfError } from '../errors.js';
import { DEFAULT_SCAN_POLICY } from '../shapes/root-scan-policy.js';
import type { ModelRoot } from '../shapes/scan.js';

/** What somebody wants to have scanned. */
export interface ScanRequest {
  /** Read every model anew instead of those only that look changed. */
  readonly full?: boolean;
  /** Ids of the roots to scan, whatever their policy; without it every root that is not `off`. */
  readonly roots?: readonly string[];
  /** Never join a scan that has begun: something changed just now. */
  readonly fresh?: boolean;
}

/** What one or several requests together want; grows until its scan begins. */
export class WantedScan {
  #full = false;
  #everything = false;
  readonly #named = new Set<string>();

  constructor(request: ScanRequest) {
    this.add(request);
  }

  get full(): boolean {
    return this.#full;
  }

  add({ full = false, roots }: ScanRequest): void {
    this.#full ||= full;
    if (roots === undefined) this.#everything = true;
    else for (const id of roots) this.#named.add(id);
  }

  /** Ids of the roots to scan. A root that is `off` was wanted once: when nothing was known of it. */
  rootsOf(roots: readonly ModelRoot[], hasRows: (rootId: string) => boolean): ReadonlySet<string> {
    const isIncluded = ({ id, scan = DEFAULT_SCAN_POLICY }: ModelRoot): boolean =>
      this.#named.has(id) || (this.#everything && (scan.mode !== 'off' || !hasRows(id)));
    return new Set(roots.filter(isIncluded).map(({ id }) => id));
  }
}

/** Throws `not_found` for an id that no root has. */
export function checkRootIds(ids: readonly string[] | undefined, roots: readonly ModelRoot[]): void {
  const unknown = ids?.find((id) => !roots.some((root) => root.id === id));
  if (unknown !== undefined) throw new ModelshelfError('not_found', `There is no root "${unknown}".`);
}
