import type { ErrorCode } from '../../errors.js';
import type { JsonObject } from '../../shapes/json.js';
import { normaliseTags, tagsIn, withoutTags, withTags } from '../../shapes/tags.js';

/** What is to become of every model of a bulk edit: tags are replaced first, then removed, then added. */
export interface BulkChange {
  readonly replaceTags?: readonly string[] | undefined;
  readonly removeTags?: readonly string[] | undefined;
  readonly addTags?: readonly string[] | undefined;
  readonly baseModel?: string | undefined;
}

/** What became of one model. */
export interface BulkEditResult {
  readonly file_path: string;
  readonly success: boolean;
  readonly changed: boolean;
  /** As they are after the edit, or would be. */
  readonly tags: string[];
  readonly base_model: string;
  readonly error?: string;
  readonly code?: ErrorCode;
}

/** What became of all of them: `changed + unchanged + failed = total`. */
export interface BulkEditReport {
  readonly total: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly results: BulkEditResult[];
}

/** The sidecar with the change; the same members where nothing changes. */
export function bulkChanged(sidecar: JsonObject, change: BulkChange): JsonObject {
  const before = tagsIn(sidecar);
  const replaced = change.replaceTags === undefined ? before : normaliseTags(change.replaceTags);
  const tags = withTags(withoutTags(replaced, change.removeTags ?? []), change.addTags ?? []);
  const hasNewTags = JSON.stringify(tags) !== JSON.stringify(before);
  return {
    ...sidecar,
    ...(hasNewTags ? { tags } : {}),
    ...(change.baseModel === undefined ? {} : { base_model: change.baseModel }),
  };
}

/** Counts the results. */
export function bulkEditReport(results: BulkEditResult[]): BulkEditReport {
  const failed = results.filter(({ success }) => !success).length;
  const changed = results.filter((result) => result.success && result.changed).length;
  return { total: results.length, changed, unchanged: results.length - failed - changed, failed, results };
}
