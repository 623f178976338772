import { z } from 'zod';
import { organizeProgressReply, organizeReply, undoOrganizeReply } from './organize-replies.js';
import { boundedText, MAX_PATH, triStateParam } from './params.js';
import { successReply } from './replies.js';
import { defineRoutes } from './route-definition.js';

const MAX_MODELS = 100_000;
const MAX_PATTERNS = 1_000;
const MAX_PATTERN = 1_000;
/** Of one text that holds several, as in the settings. */
const MAX_PATTERN_TEXT = 100_000;

const textOrList = (max: number, maxEntries: number, maxText = max) =>
  z.union(
    [boundedText(maxText), z.array(boundedText(max)).max(maxEntries, `has more than ${String(maxEntries)} entries`)],
    {
      error: 'expected text or a list of texts',
    },
  );

/** The same for a GET and a POST. */
const organizeInput = z.object({
  /** Absent or null: every model. An empty list: none. */
  file_paths: textOrList(MAX_PATH, MAX_MODELS)
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .nullish(),
  /** In the place of the setting; null and an empty list exclude nothing. One text holds several between `,`, `;` and newlines. */
  exclusion_patterns: textOrList(MAX_PATTERN, MAX_PATTERNS, MAX_PATTERN_TEXT).nullish(),
  /** True answers what a run would do, and does nothing. All text but a no is a yes: the other mistake moves files. */
  dry_run: triStateParam().transform((wish) => wish ?? false),
});

/** Filing models below their roots (docs/behaviour.md, "Auto-organize"). */
export const ORGANIZE_ROUTE_DEFINITIONS = defineRoutes([
  {
    handler: 'autoOrganizeModels',
    methods: ['GET', 'POST'],
    path: '/api/lm/{prefix}/auto-organize',
    scope: 'model',
    effect: 'write',
    summary: 'Moves models to where the path template wants them, all or those that are named.',
    query: organizeInput,
    reply: organizeReply,
  },
  {
    handler: 'getAutoOrganizeProgress',
    methods: ['GET'],
    path: '/api/lm/{prefix}/auto-organize-progress',
    scope: 'model',
    effect: 'read',
    summary: 'The newest progress of auto-organize over all model types, until it is cleared.',
    reply: organizeProgressReply,
  },
  {
    handler: 'clearAutoOrganizeProgress',
    methods: ['POST'],
    path: '/api/lm/{prefix}/auto-organize-progress/clear',
    scope: 'model',
    effect: 'write',
    summary: 'Forgets the newest progress of auto-organize.',
    reply: successReply,
  },
  {
    handler: 'undoAutoOrganize',
    methods: ['POST'],
    path: '/api/lm/{prefix}/auto-organize/undo',
    scope: 'model',
    effect: 'write',
    summary: 'Moves back what the last run of auto-organize moved.',
    reply: undoOrganizeReply,
  },
]);
