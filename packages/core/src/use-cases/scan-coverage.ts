import { isWithin } from '../disk/normalise-path.js';
import type { ScanResult } from '../catalog/model-scanner.js';
import type { ModelRoot } from '../shapes/scan.js';

/** What one scan told about its roots, as far as no later scan has told it anew. */
interface Told {
  readonly roots: ReadonlySet<string>;
  readonly result: ScanResult;
}

/** At most so many rows are kept; `issuesDropped` counts the rest. */
const MAX_ISSUES = 1000;

/**
 * Puts together what scans of some roots told into what is known of all roots.
 *
 * Invariant: a scan of one root neither forgets nor repeats what an earlier one told of another; link targets stay until
 * every root that they may have come from was scanned again.
 */
export class ScanCoverage {
  readonly #roots: readonly ModelRoot[];
  #told: readonly Told[] = [];
  #last: ScanResult | undefined;

  constructor(roots: readonly ModelRoot[]) {
    this.#roots = roots;
  }

  /** Counts and changes of the newest scan; issues, offline roots, unreadable paths and link targets of all roots. */
  get last(): ScanResult | undefined {
    return this.#last;
  }

  /** Takes in a scan of these roots. */
  add(result: ScanResult, roots: ReadonlySet<string>): void {
    const paths = this.#roots.filter(({ id }) => roots.has(id)).map(({ path }) => path);
    const isTold = (path: string): boolean => paths.some((root) => isWithin(root, path));
    const before = this.#told.flatMap((told): Told[] => {
      const left = new Set([...told.roots].filter((id) => !roots.has(id)));
      if (left.size === 0) return [];
      const { issues, offlineRoots, unreadablePaths, rootIdentities } = told.result;
      const kept = {
        ...told.result,
        issues: issues.filter(({ path }) => !isTold(path)),
        offlineRoots: offlineRoots.filter((id) => left.has(id)),
        unreadablePaths: unreadablePaths.filter((path) => !isTold(path)),
        rootIdentities: Object.fromEntries(Object.entries(rootIdentities).filter(([id]) => left.has(id))),
      };
      return [{ roots: left, result: kept }];
    });
    this.#told = [...before, { roots, result }];
    this.#last = before.length === 0 ? result : this.#together(result);
  }

  #together(newest: ScanResult): ScanResult {
    const results = this.#told.map(({ result }) => result);
    const issues = results.flatMap((each) => each.issues);
    const dropped = results.reduce((sum, { issuesDropped }) => sum + issuesDropped, 0);
    return {
      ...newest,
      issues: issues.slice(0, MAX_ISSUES),
      issuesDropped: dropped + Math.max(0, issues.length - MAX_ISSUES),
      offlineRoots: [...new Set(results.flatMap(({ offlineRoots }) => offlineRoots))],
      unreadablePaths: [...new Set(results.flatMap(({ unreadablePaths }) => unreadablePaths))],
      linkTargets: [...new Set(results.flatMap(({ linkTargets }) => linkTargets))],
      rootIdentities: Object.fromEntries(results.flatMap(({ rootIdentities }) => Object.entries(rootIdentities))),
    };
  }
}
