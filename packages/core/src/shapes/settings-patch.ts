import { z } from 'zod';
import { givenFoldersSchema } from './model-folders.js';
import { objectOfText } from './path-templates-setting.js';
import { splitBaseModels, splitEntries, splitFolders } from './setting-lists.js';
import {
  CIVITAI_HOSTS,
  DELETED,
  MATURE_LEVELS,
  MIN_STALL_SECONDS,
  PROVIDER_ORDERS,
  PROXY_TYPES,
  saysYes,
  type SecretKey,
  type SettingKey,
} from './settings.js';

const MAX_TEXT = 1000;
const MAX_PATH = 4096;
const MAX_ENTRIES = 1000;
const MAX_LONG_TEXT = 100_000;
const MAX_CHUNK_MB = 1024;
const MAX_STALL_SECONDS = 86_400;
const MAX_PORT = 65_535;

/** No character that could end a line of a file or of a header. */
const PRINTABLE = /^[^\p{Cc}\u2028\u2029]*$/u;

const text = (max = MAX_TEXT) =>
  z
    .string('expected text')
    .max(max, `is longer than ${String(max)} characters`)
    .regex(PRINTABLE, 'holds a control character');

const flag = z.boolean('expected true or false');

/** Clients of the plugin send this one as text. */
const yesOrNo = z
  .enum(['1', 'true', 'yes', 'on', '0', 'false', 'no', 'off'], 'expected true or false')
  .transform(saysYes);

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `expected ${values.join(' or ')}`);

const entries = (split: (value: unknown) => string[]) =>
  z
    .union([z.array(z.string().max(MAX_TEXT)).max(MAX_ENTRIES), z.string().max(MAX_LONG_TEXT)], {
      error: 'expected text or a list of texts',
    })
    .transform(split);

/** An object of texts, or JSON text that stands for one. */
const textsByName = (value: z.ZodType<string, string>) =>
  z
    .union([z.record(z.string(), z.unknown()), z.string().max(MAX_LONG_TEXT)], { error: 'expected texts by name' })
    .transform(objectOfText)
    .pipe(z.record(text(), value, 'expected texts by name'))
    .refine((map) => Object.keys(map).length <= MAX_ENTRIES, `has more than ${String(MAX_ENTRIES)} entries`);

const path = text(MAX_PATH).trim();

const proxyHost = text()
  .trim()
  .regex(/^[^\s/@]*$/, 'expected a host name without scheme and without credentials');

const proxyPort = z.union([z.number(), z.string().trim()], { error: 'expected a port' }).transform((port, context) => {
  const number = port === '' ? undefined : Number(port);
  if (number === undefined) return '';
  if (/^\d+$/.test(String(port)) && number > 0 && number <= MAX_PORT) return String(number);
  context.addIssue({ code: 'custom', message: `expected a port from 1 to ${String(MAX_PORT)}`, input: port });
  return z.NEVER;
});

const secret = (allowed: RegExp, message: string) =>
  text()
    .trim()
    .regex(allowed, message)
    .transform((value) => (value === DELETED ? '' : value));

/** What goes into a header as it is. */
const apiKey = secret(/^[!-~]*$/, 'expected letters, digits and signs without spaces');

const anyText = secret(PRINTABLE, 'holds a control character');

const settingFields = {
  language: text(35).regex(/^[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*$/, 'expected a language such as en or zh-CN'),
  show_only_sfw: flag,
  use_new_license_icons: flag,
  version_grouping: oneOf(['same_base', 'model']),
  hide_early_access_updates: flag,
  hide_paid_updates: flag,
  civitai_host: oneOf(CIVITAI_HOSTS),
  lora_syntax_format: text(100),
  model_name_display: oneOf(['model_name', 'file_name']),
  update_channel: oneOf(['release', 'nightly']),

  folder_paths: givenFoldersSchema,
  extra_folder_paths: givenFoldersSchema,
  default_lora_root: path,
  default_checkpoint_root: path,
  default_unet_root: path,
  default_embedding_root: path,
  recipes_path: path,

  download_path_templates: textsByName(text()),
  base_model_path_mappings: textsByName(text()),
  priority_tags: textsByName(
    z
      .string('expected text')
      .max(MAX_LONG_TEXT)
      .transform((tags) => tags.trim()),
  ),
  auto_organize_exclusions: entries(splitEntries),
  metadata_refresh_skip_paths: entries(splitFolders),
  download_skip_base_models: entries(splitBaseModels),

  blur_mature_content: flag,
  mature_blur_level: text()
    .transform((level) => level.trim().toUpperCase())
    .pipe(oneOf(MATURE_LEVELS)),
  hash_chunk_size_mb: z
    .number('expected a number')
    .positive('expected more than 0')
    .max(MAX_CHUNK_MB, `expected ${String(MAX_CHUNK_MB)} at most`),

  download_backend: oneOf(['python', 'aria2']),
  skip_previously_downloaded_model_versions: flag.or(yesOrNo),
  download_stall_timeout_seconds: z
    .number('expected a number of seconds')
    .transform((seconds) => Math.min(Math.max(seconds, MIN_STALL_SECONDS), MAX_STALL_SECONDS)),
  auto_download_example_images: flag,
  example_images_path: path,
  optimize_example_images: flag,

  enable_metadata_archive_db: flag,
  enable_civarchive_api: flag,
  metadata_provider_order: oneOf(PROVIDER_ORDERS),

  proxy_enabled: flag,
  proxy_type: oneOf(PROXY_TYPES),
  proxy_host: proxyHost,
  proxy_port: proxyPort,
  proxy_username: anyText,
} satisfies Record<SettingKey, z.ZodType>;

const secretFields = {
  civitai_api_key: apiKey,
  llm_api_key: apiKey,
  proxy_password: anyText,
} satisfies Record<SecretKey, z.ZodType>;

type Fields = typeof settingFields & typeof secretFields;

/** `null` puts the default back. */
const optionalFields = Object.fromEntries(
  Object.entries({ ...settingFields, ...secretFields }).map(([key, field]) => [key, field.nullable().optional()]),
) as { [K in keyof Fields]: z.ZodOptional<z.ZodNullable<Fields[K]>> };

/**
 * A change of settings as a request may ask for it: strict where `settingsSchema` forbears.
 *
 * Invariant: what it makes of a change, it makes of that again.
 */
export const settingsPatchSchema = z.object(optionalFields).catchall(
  z.unknown().superRefine((value, context) => {
    context.addIssue({ code: 'custom', message: 'is no setting that can be changed here', input: value });
  }),
);

/** The settings that a request may change. */
export type SettingsPatch = z.input<typeof settingsPatchSchema>;

export type SettingsChanges = z.output<typeof settingsPatchSchema>;
