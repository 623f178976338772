import { absolutePath, expandHome, toForwardSlashes } from '../../disk/normalise-path.js';
import type { ModelFolders } from '../../shapes/model-folders.js';
import type { Settings } from '../../shapes/settings.js';

/** Which default root belongs to which category of folders. */
export const CATEGORY_OF_DEFAULT_ROOT = {
  default_lora_root: 'loras',
  default_checkpoint_root: 'checkpoints',
  default_unet_root: 'unet',
  default_embedding_root: 'embeddings',
} as const;

type DefaultRootKey = keyof typeof CATEGORY_OF_DEFAULT_ROOT;

type Folders = { readonly folder_paths?: ModelFolders; readonly extra_folder_paths?: ModelFolders };

/**
 * Where new models go: what the settings say while it is one of the folders, else the first folder; those that the host
 * chose count before those of the settings.
 */
export function defaultRootsOf(settings: Settings, host: Folders): Record<DefaultRootKey, string> {
  const chosen = (key: DefaultRootKey): string => {
    const folders = foldersOf(CATEGORY_OF_DEFAULT_ROOT[key], settings, host);
    return folders.some((folder) => isSamePath(folder, settings[key])) ? settings[key] : (folders[0] ?? '');
  };
  return {
    default_lora_root: chosen('default_lora_root'),
    default_checkpoint_root: chosen('default_checkpoint_root'),
    default_unet_root: chosen('default_unet_root'),
    default_embedding_root: chosen('default_embedding_root'),
  };
}

/** The folders of a category that count, the primary ones first. */
export function foldersOf(category: string, settings: Folders, host: Folders): readonly string[] {
  const primary = host.folder_paths ?? settings.folder_paths ?? {};
  const extra = host.extra_folder_paths ?? settings.extra_folder_paths ?? {};
  return [primary, extra].flatMap((folders) => (Object.hasOwn(folders, category) ? (folders[category] ?? []) : []));
}

/** Whether two spellings lead to one place, as far as that can be told without the disk. */
export function isSamePath(a: string, b: string): boolean {
  return spellingOf(a) === spellingOf(b);
}

function spellingOf(path: string): string {
  if (path === '') return '';
  const whole = toForwardSlashes(absolutePath(expandHome(path)));
  return /^[A-Za-z]:/.test(whole) ? whole.toLowerCase() : whole;
}
