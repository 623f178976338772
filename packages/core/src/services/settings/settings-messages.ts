import { environmentSecretsOf, type SettingsState, type SettingsSurroundings } from './settings-state.js';

/** Something about the settings that a user should know. */
export interface SettingsMessage {
  /** Stays the same while the text may change. */
  readonly code:
    | 'settings_not_saved'
    | 'settings_unreadable'
    | 'settings_set_aside'
    | 'settings_unusable_values'
    | 'settings_overruled'
    | 'folders_managed_by_host'
    | 'civitai_api_key_from_environment';
  readonly severity: 'info' | 'warning' | 'error';
  readonly message: string;
}

/** What became of the settings file. */
export interface SettingsFileHistory {
  readonly hasFile: boolean;
  /** There is a file, and it could not be read. */
  readonly unreadable: boolean;
  /** Names of the copies of what could not be read. */
  readonly copies: readonly string[];
}

/** Everything that a user should know about these settings. */
export function settingsMessagesOf(
  state: SettingsState,
  surroundings: SettingsSurroundings,
  { hasFile, unreadable, copies }: SettingsFileHistory,
): SettingsMessage[] {
  const messages: SettingsMessage[] = [];
  const tell = (code: SettingsMessage['code'], severity: SettingsMessage['severity'], message: string): void => {
    messages.push({ code, severity, message });
  };
  if (!hasFile) {
    tell('settings_not_saved', 'warning', 'There is no settings file: changes last until the program ends.');
  }
  if (unreadable) {
    const what = 'The settings file cannot be used, and defaults hold. It is copied before anything is saved.';
    tell('settings_unreadable', 'error', what);
  }
  for (const copy of copies) {
    tell('settings_set_aside', 'warning', `The settings file could not be used; what it was is kept as "${copy}".`);
  }
  if (state.unusable.length > 0) {
    const what = `These settings cannot be meant, and their defaults hold: ${state.unusable.join(', ')}.`;
    tell('settings_unusable_values', 'warning', what);
  }
  if (state.overruled.length > 0) {
    const what = `The active library "${state.activeLibrary}" says otherwise than the top of the file, and counts`;
    tell('settings_overruled', 'warning', `${what}: ${state.overruled.join(', ')}.`);
  }
  const managed = Object.entries(surroundings.hostFolders).filter(([, folders]) => folders !== undefined);
  if (managed.length > 0) {
    const what = managed.map(([key]) => key).join(' and ');
    tell(
      'folders_managed_by_host',
      'info',
      `The folders are managed by the host: ${what} of the settings have no effect.`,
    );
  }
  if (environmentSecretsOf(surroundings.environment).civitai_api_key !== undefined) {
    const what = 'CIVITAI_API_KEY of the environment is used; a key in the settings has no effect.';
    tell('civitai_api_key_from_environment', 'info', what);
  }
  return messages;
}
