import type { ScanIssue } from '../shapes/scan.js';
import type { ScanOutcome } from './scan-job.js';

/** More rows than this are only counted: a library on a broken disk must not fill the memory with complaints. */
const MAX_ISSUES = 1_000;

/** Collects what a scan met besides models. */
export class ScanReport {
  readonly #issues: ScanIssue[] = [];
  #dropped = 0;
  #opened = 0;
  readonly #offlineRoots = new Set<string>();
  readonly #unreadablePaths = new Set<string>();
  readonly #linkTargets = new Set<string>();

  get linkTargets(): ReadonlySet<string> {
    return this.#linkTargets;
  }

  issue(code: ScanIssue['code'], path: string, message: string): void {
    if (this.#issues.length < MAX_ISSUES) this.#issues.push({ code, path, message });
    else this.#dropped += 1;
  }

  /** A root whose models are neither listed anew nor missing; reported once. */
  offlineRoot(id: string, path: string, message: string): void {
    if (this.#offlineRoots.has(id)) return;
    this.#offlineRoots.add(id);
    this.issue('root_offline', path, message);
  }

  isOffline(id: string): boolean {
    return this.#offlineRoots.has(id);
  }

  /** A folder or file whose models are not missing, although they were not seen. */
  unreadable(code: ScanIssue['code'], path: string, message: string): void {
    this.#unreadablePaths.add(path);
    this.issue(code, path, message);
  }

  /** A file that is being written: not listed anew, not missing either. */
  unfinished(path: string): void {
    this.#unreadablePaths.add(path);
  }

  linkTarget(realPath: string): void {
    this.#linkTargets.add(realPath);
  }

  /** Counts a file that is about to be opened. */
  opening(): void {
    this.#opened += 1;
  }

  outcome(counted: number, identities: ReadonlyMap<string, string>): ScanOutcome {
    return {
      counted,
      issues: this.#issues,
      issuesDropped: this.#dropped,
      offlineRoots: [...this.#offlineRoots],
      unreadablePaths: [...this.#unreadablePaths],
      linkTargets: [...this.#linkTargets],
      rootIdentities: Object.fromEntries([...identities].filter(([id]) => !this.#offlineRoots.has(id))),
      opened: this.#opened,
    };
  }
}
