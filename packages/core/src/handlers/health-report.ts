import type { LibraryHandlers } from './library-handlers.js';
import type { ModelService } from './model-service.js';

type HealthReply = Extract<Awaited<ReturnType<LibraryHandlers['checkHealth']>>, { kind: 'json' }>;

/** How the library is: what health answers besides the envelope. */
export type HealthReport = Omit<HealthReply['body'], 'success' | 'status'>;

const ISSUES_SHOWN = 3;

/** The report over the attached model types; `undefined` while nothing is attached. */
export function healthReportOf(models: readonly ModelService[] | undefined, version: string): HealthReport {
  return {
    version,
    attached: models !== undefined,
    ready: models?.every(({ scans }) => !scans.isInitializing) ?? false,
    models: Object.fromEntries(
      (models ?? []).map(({ modelType, catalog, scans }) => [
        modelType.prefix,
        {
          total: catalog.size,
          initializing: scans.isInitializing,
          issues: (scans.last?.issues.length ?? 0) + (scans.last?.issuesDropped ?? 0),
          first_issues: [...(scans.last?.issues.slice(0, ISSUES_SHOWN) ?? [])],
          offline_roots: [...(scans.last?.offlineRoots ?? [])],
        },
      ]),
    ),
  };
}
