import type { ScanResult } from '../../src/catalog/model-scanner.js';

/** The result of a scan that found nothing but what a test says. */
export function scanResult(parts: Partial<ScanResult> = {}): ScanResult {
  return {
    counted: 0,
    issues: [],
    issuesDropped: 0,
    offlineRoots: [],
    unreadablePaths: [],
    linkTargets: [],
    rootIdentities: {},
    opened: 0,
    added: 0,
    changed: 0,
    removed: 0,
    moved: [],
    upserts: [],
    removals: [],
    ...parts,
  };
}
