import { z } from 'zod';

/** The preview that a model has now. */
export const replacedPreviewReply = z.object({
  success: z.literal(true),
  preview_url: z.string(),
  preview_nsfw_level: z.number(),
});
