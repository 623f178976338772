import { z } from 'zod';
import type { ModelType } from '../../model-types/model-type.js';
import type { Json } from '../../shapes/json.js';

/** What journal and history call a plan of auto-organize. */
export const ORGANIZE_KIND = 'auto_organize';

const organizedModelSchema = z.object({ from: z.string(), to: z.string(), size: z.number() });

const runNoteSchema = z.object({
  run: z.string(),
  model_type: z.string(),
  moves: z.array(organizedModelSchema),
  /** Folders that were made for it, outermost first. */
  folders: z.array(z.string()),
});

/** A model that a run moved, with the size of its file. */
export type OrganizedModel = z.infer<typeof organizedModelSchema>;
type RunNote = z.infer<typeof runNoteSchema>;

/** A note as the history takes it. */
export interface RelocationNote {
  readonly kind: string;
  readonly summary: string;
  readonly data: Json;
}

/** What the history keeps of one plan of a run, so that it can be undone. */
export function runNote({ name }: ModelType, run: string, what: Pick<RunNote, 'moves' | 'folders'>): RelocationNote {
  const summary = `Auto-organize moved ${String(what.moves.length)} ${name} models`;
  return { kind: ORGANIZE_KIND, summary, data: { run, model_type: name, ...what } };
}

/** Reads a note back; undefined for anything else. */
export function readRunNote(data: unknown): RunNote | undefined {
  return runNoteSchema.safeParse(data).data;
}
