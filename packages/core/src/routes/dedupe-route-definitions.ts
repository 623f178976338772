import { z } from 'zod';
import { dedupePlanReply, dedupeReply } from './dedupe-replies.js';
import { pathParam } from './params.js';
import { pathList } from './path-list.js';
import { defineRoutes } from './route-definition.js';

const MAX_GROUPS = 10_000;
const RULES = ['oldest', 'newest', 'shortest_path', 'preferred_folder', 'with_metadata'] as const;

const choice = {
  rule: z.enum(RULES, { error: `expected one of ${RULES.join(', ')}` }),
  /** Paths or addresses of folders, the most preferred first. */
  preferred_folders: z.array(pathParam()).max(100).default([]),
  /** Only groups with these SHA-256; all when absent. */
  hashes: z
    .array(z.string().regex(/^[0-9a-fA-F]{64}$/, 'expected a SHA-256'))
    .max(MAX_GROUPS)
    .optional(),
};

/** Routes that find and remove equal files. */
export const DEDUPE_ROUTE_DEFINITIONS = defineRoutes([
  {
    handler: 'planDedupe',
    methods: ['POST'],
    path: '/api/lm/{prefix}/plan-dedupe',
    scope: 'model',
    effect: 'read',
    summary: 'What a rule would keep and remove of equal files; touches nothing.',
    body: z.object(choice),
    reply: dedupePlanReply,
  },
  {
    handler: 'applyDedupe',
    methods: ['POST'],
    path: '/api/lm/{prefix}/dedupe',
    scope: 'model',
    effect: 'write',
    summary: 'Removes equal files after reading them once more: into the trash, or as hard links.',
    body: z
      .object({
        ...choice,
        rule: choice.rule.optional(),
        /** What to keep and remove, as a plan says it. Takes the place of `rule`. */
        groups: z
          .array(z.object({ keep: pathParam(), remove: pathList() }))
          .min(1, 'is required')
          .max(MAX_GROUPS)
          .optional(),
        action: z.enum(['trash', 'hardlink'], { error: 'expected trash or hardlink' }),
        dry_run: z.boolean({ error: 'expected true or false' }).default(false),
      })
      .refine(({ rule, groups }) => (rule === undefined) !== (groups === undefined), {
        error: 'expected either groups or a rule',
      }),
    reply: dedupeReply,
  },
]);
