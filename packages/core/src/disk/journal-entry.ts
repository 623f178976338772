import { z } from 'zod';
import { isJsonObject, type Json } from '../shapes/json.js';
import { fileIdentitySchema } from './file-identity.js';

/** Why an applied plan is kept, in the words of the service that ran it. */
export interface HistoryNote {
  readonly kind: string;
  readonly summary: string;
  readonly data?: Json;
}

function isHistoryNote(value: unknown): value is HistoryNote {
  return isJsonObject(value) && typeof value['kind'] === 'string' && typeof value['summary'] === 'string';
}

/** A file that gets another path. */
const moveStepSchema = z.object({
  do: z.literal('move'),
  from: z.string(),
  to: z.string(),
  file: fileIdentitySchema,
  /** In the folder of the target: where a copy grows when the target is on another device. */
  temp: z.string(),
  /** In the folder of the source: what the source is called from then on until it is removed. */
  gone: z.string(),
  /** What lay at the target when the plan was made and has left it since, because the plan says so. */
  former: fileIdentitySchema.optional(),
  /** Of a link: where it led, and where it leads from its new folder. */
  link: z.object({ was: z.string(), becomes: z.string() }).optional(),
});

/** A file that is not needed any more: it waits under another name in its folder until everything is done. */
const discardStepSchema = z.object({
  do: z.literal('discard'),
  path: z.string(),
  gone: z.string(),
  file: fileIdentitySchema,
});

/** A new file; its bytes are not in the journal. */
const createStepSchema = z.object({
  do: z.literal('create'),
  path: z.string(),
  temp: z.string(),
  size: z.number(),
  sha256: z.string(),
  former: fileIdentitySchema.optional(),
});

/** A text file that gets another content. */
const rewriteStepSchema = z.object({
  do: z.literal('rewrite'),
  path: z.string(),
  temp: z.string(),
  /** Another name of the file as it was, until everything is done. */
  kept: z.string(),
  /** The former bytes in base64. */
  before: z.string(),
  beforeMtimeMs: z.number(),
  /** SHA-256 of the new bytes. */
  after: z.string(),
});

/** A file that becomes another name of a file with the same bytes. */
const linkStepSchema = z.object({
  do: z.literal('link'),
  path: z.string(),
  to: z.string(),
  temp: z.string(),
  kept: z.string(),
  file: fileIdentitySchema,
  target: fileIdentitySchema,
});

const stepSchema = z.discriminatedUnion('do', [
  moveStepSchema,
  discardStepSchema,
  createStepSchema,
  rewriteStepSchema,
  linkStepSchema,
]);

/** The format of journal entries that this version writes. */
export const JOURNAL_FORMAT = 1;

/** Everything that is needed to undo a plan, or to finish it, after the process that ran it is gone. */
export const journalEntrySchema = z.object({
  format: z.literal(JOURNAL_FORMAT),
  id: z.string().regex(/^[a-z0-9]+$/),
  kind: z.string(),
  startedAt: z.number(),
  /** The roots that it touches; `ino` tells a folder that was unmounted from an empty one. */
  roots: z.array(z.object({ path: z.string(), ino: z.number() })),
  /** Folders below them that lie on another device, which may be away while the root is there. */
  mounts: z.array(z.object({ path: z.string(), ino: z.number() })).optional(),
  /** Folders that it makes, a folder before what is in it. */
  folders: z.array(z.string()),
  /** In the order in which they are taken. */
  steps: z.array(stepSchema),
  emptied: z.array(z.string()),
  note: z.custom<HistoryNote>(isHistoryNote).optional(),
});

export type JournalEntry = z.infer<typeof journalEntrySchema>;
export type JournalStep = z.infer<typeof stepSchema>;
export type MoveStep = z.infer<typeof moveStepSchema>;
export type DiscardStep = z.infer<typeof discardStepSchema>;
export type CreateStep = z.infer<typeof createStepSchema>;
export type RewriteStep = z.infer<typeof rewriteStepSchema>;
export type LinkStep = z.infer<typeof linkStepSchema>;

/** The paths that a step is about, without the names that it uses in between. */
export function pathsOfStep(step: JournalStep): readonly string[] {
  switch (step.do) {
    case 'move':
      return [step.from, step.to];
    case 'link':
      return [step.path, step.to];
    case 'create':
    case 'discard':
    case 'rewrite':
      return [step.path];
  }
}

/** The paths that an entry is about. */
export const pathsOfEntry = ({ steps }: JournalEntry): readonly string[] => [...new Set(steps.flatMap(pathsOfStep))];
