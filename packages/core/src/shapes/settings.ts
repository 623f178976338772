import { z } from 'zod';
import { storedFoldersSchema } from './model-folders.js';
import { splitBaseModels, splitEntries, splitFolders } from './setting-lists.js';
import { storedPriorityTagsSchema } from './priority-tags-setting.js';
import { storedTemplatesSchema } from './path-templates-setting.js';

const listOrText = z.union([z.array(z.unknown()), z.string(), z.null()]);

/** Which previews are blurred, from mild to strong. */
export const MATURE_LEVELS = ['PG13', 'R', 'X', 'XXX'] as const;

export const CIVITAI_HOSTS = ['civitai.com', 'civitai.red', 'civitai.green'] as const;

export const PROXY_TYPES = ['http', 'https', 'socks4', 'socks5'] as const;

export const PROVIDER_ORDERS = ['civitai_archive_sqlite', 'civitai_sqlite_archive'] as const;

/** Seconds without a byte after which a download counts as stalled; less is this. */
export const MIN_STALL_SECONDS = 30;

const YES = ['1', 'true', 'yes', 'on'];

/** Whether a text means yes. */
export const saysYes = (text: string): boolean => YES.includes(text.trim().toLowerCase());

/**
 * The settings as the library goes by them (docs/behaviour.md, "Settings"): what a file says, read with forbearance. What
 * cannot be meant is the default; unknown keys are kept.
 */
export const settingsSchema = z.looseObject({
  language: z.string().catch('en'),
  show_only_sfw: z.boolean().catch(false),
  use_new_license_icons: z.boolean().catch(true),
  version_grouping: z.enum(['same_base', 'model']).catch('same_base'),
  hide_early_access_updates: z.boolean().catch(false),
  hide_paid_updates: z.boolean().catch(false),
  civitai_host: z.enum(CIVITAI_HOSTS).catch('civitai.com'),
  lora_syntax_format: z.string().catch('legacy'),
  model_name_display: z.enum(['model_name', 'file_name']).catch('model_name'),
  update_channel: z.enum(['release', 'nightly']).catch('release'),

  folder_paths: storedFoldersSchema.catch({}),
  extra_folder_paths: storedFoldersSchema.catch({}),
  default_lora_root: z.string().catch(''),
  default_checkpoint_root: z.string().catch(''),
  default_unet_root: z.string().catch(''),
  default_embedding_root: z.string().catch(''),
  recipes_path: z.string().catch(''),

  download_path_templates: storedTemplatesSchema.catch({}),
  base_model_path_mappings: storedTemplatesSchema.catch({}),
  priority_tags: storedPriorityTagsSchema.catch(storedPriorityTagsSchema.parse({})),
  auto_organize_exclusions: listOrText.transform(splitEntries).catch([]),
  metadata_refresh_skip_paths: listOrText.transform(splitFolders).catch([]),
  download_skip_base_models: listOrText.transform(splitBaseModels).catch([]),

  blur_mature_content: z.boolean().catch(true),
  mature_blur_level: z
    .string()
    .transform((level) => level.trim().toUpperCase())
    .pipe(z.enum(MATURE_LEVELS))
    .catch('R'),
  hash_chunk_size_mb: z.number().positive().catch(4),

  download_backend: z.enum(['python', 'aria2']).catch('python'),
  skip_previously_downloaded_model_versions: z.union([z.boolean(), z.string().transform(saysYes)]).catch(false),
  download_stall_timeout_seconds: z
    .number()
    .transform((seconds) => Math.max(seconds, MIN_STALL_SECONDS))
    .nullable()
    .catch(null),
  auto_download_example_images: z.boolean().catch(false),
  example_images_path: z.string().catch(''),
  optimize_example_images: z.boolean().catch(true),

  enable_metadata_archive_db: z.boolean().catch(false),
  enable_civarchive_api: z.boolean().catch(true),
  metadata_provider_order: z.enum(PROVIDER_ORDERS).catch('civitai_archive_sqlite'),

  proxy_enabled: z.boolean().catch(false),
  proxy_type: z.enum(PROXY_TYPES).catch('http'),
  proxy_host: z
    .string()
    .regex(/^[^\s/@]*$/)
    .catch(''),
  proxy_port: z
    .union([z.string(), z.number().transform(String)])
    .pipe(z.string().regex(/^\d{0,5}$/))
    .catch(''),
  proxy_username: z.string().catch(''),
});

export type Settings = z.infer<typeof settingsSchema>;

/** A setting that is known by name. */
export type SettingKey = keyof typeof settingsSchema.shape;

/** Tells whether a setting is known by this name. */
export const isSettingKey = (key: string): key is SettingKey => Object.hasOwn(settingsSchema.shape, key);

/** Whether what a file says of a setting can be meant. */
export const isUsable = (key: SettingKey, value: unknown): boolean =>
  settingsSchema.shape[key].unwrap().safeParse(value).success;

/** What nobody may read again once it was set; never part of `Settings`. */
export const SECRET_KEYS = ['civitai_api_key', 'llm_api_key', 'proxy_password'] as const;

export type SecretKey = (typeof SECRET_KEYS)[number];

/** Sent in the place of a secret, it removes the secret. */
export const DELETED = '__DELETE__';

/** What every library has of its own; at the top of the settings they are those of the active library. */
export const LIBRARY_KEYS = [
  'folder_paths',
  'extra_folder_paths',
  'default_lora_root',
  'default_checkpoint_root',
  'default_unet_root',
  'default_embedding_root',
  'recipes_path',
] as const satisfies readonly SettingKey[];
