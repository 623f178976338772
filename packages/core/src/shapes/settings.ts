import { z } from 'zod';

const folderPaths = z
  .record(z.string(), z.union([z.array(z.string()), z.string().transform((path) => [path])]).catch([]))
  .catch({});

/** The settings that the read side looks at (docs/behaviour.md, "Settings"). Unknown keys are kept. */
export const settingsSchema = z.looseObject({
  language: z.string().catch('en'),
  show_only_sfw: z.boolean().catch(false),
  use_new_license_icons: z.boolean().catch(true),
  version_grouping: z.enum(['same_base', 'model']).catch('same_base'),
  hide_early_access_updates: z.boolean().catch(false),
  hide_paid_updates: z.boolean().catch(false),
  civitai_host: z.enum(['civitai.com', 'civitai.red', 'civitai.green']).catch('civitai.com'),
  lora_syntax_format: z.string().catch('legacy'),
  model_name_display: z.enum(['model_name', 'file_name']).catch('model_name'),
  folder_paths: folderPaths,
  extra_folder_paths: folderPaths,
});

export type Settings = z.infer<typeof settingsSchema>;
