import { ModelshelfError } from '../../errors.js';

/** What is wrong with one member of a change; `path` leads to it, with dots. */
export interface SettingIssue {
  readonly path: string;
  readonly message: string;
}

/** Throws one `validation_failed` that tells all of them; nothing where there are none. */
export function refuseIssues(issues: readonly SettingIssue[]): void {
  const [first] = issues;
  if (first === undefined) return;
  throw new ModelshelfError('validation_failed', `${first.path}: ${first.message}`, {
    details: issues.map(({ path, message }) => ({ path, message })),
  });
}
