/** Folders that hold what was deleted, here or by the Python plugin, and locks; never part of the library. */
export const SKIPPED_FOLDERS: readonly string[] = ['.lm-pending-delete', '.modelshelf'];
