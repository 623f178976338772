import { z } from 'zod';
import { libraryRecordSchema } from '../shapes/library-record.js';

const succeeded = { success: z.literal(true) };

/** Settings by key; of secrets whether they are set. */
export const settingsReply = z.object({
  ...succeeded,
  settings: z.looseObject({
    civitai_api_key_set: z.boolean(),
    llm_api_key_set: z.boolean(),
    proxy_password_set: z.boolean(),
    /** Empty when settings are kept in memory only. */
    settings_file: z.string(),
  }),
  messages: z.array(
    z.object({ code: z.string(), severity: z.enum(['info', 'warning', 'error']), message: z.string() }),
  ),
});

/** Tags by model type, each as it is spelled in paths. */
export const priorityTagsReply = z.object({ ...succeeded, tags: z.record(z.string(), z.array(z.string())) });

export const librariesReply = z.object({
  ...succeeded,
  libraries: z.record(z.string(), libraryRecordSchema),
  active_library: z.string(),
});
