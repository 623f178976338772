import { answerChecks } from './conformance-checks-answers.js';
import { bodyChecks } from './conformance-checks-body.js';
import { errorChecks } from './conformance-checks-errors.js';
import { fileChecks } from './conformance-checks-files.js';
import { lifetimeChecks } from './conformance-checks-lifetime.js';
import { multipartChecks } from './conformance-checks-multipart.js';
import { routingChecks } from './conformance-checks-routing.js';
import type { ConformanceCheck } from './conformance-host.js';

/** Every check in the order of its id. Ids have gaps, so that a new check can stand beside its like. */
export const conformanceChecks: readonly ConformanceCheck[] = [
  ...routingChecks,
  ...answerChecks,
  ...fileChecks,
  ...bodyChecks,
  ...multipartChecks,
  ...errorChecks,
  ...lifetimeChecks,
];
