import { absolutePath, expandHome } from '../../disk/normalise-path.js';
import { systemClock, type Clock } from '../../ports/clock.js';
import { nodeFileOperations } from '../../ports/file-operations.js';
import { silentLogger, type Logger } from '../../ports/logger.js';
import type { SettingsView } from '../../ports/settings-view.js';
import { isJsonObject } from '../../shapes/json.js';
import type { ModelFolders } from '../../shapes/model-folders.js';
import type { ConfiguredFolder } from '../../shapes/root-scan-policy.js';
import type { SettingsPatch } from '../../shapes/settings-patch.js';
import type { SecretKey, Settings } from '../../shapes/settings.js';
import { OrganizeSettingsView } from './organize-settings.js';
import { patchSettings } from './patch-settings.js';
import { publicSettingsOf, type PublicSettings } from './public-settings.js';
import { SettingsFile, type SettingsContent, type SettingsFileOperations } from './settings-file.js';
import { SettingsLibraries } from './settings-libraries.js';
import { settingsMessagesOf, type SettingsMessage } from './settings-messages.js';
import { SettingsStore, type ChangeListener } from './settings-store.js';

type HostFolders = Readonly<Record<string, readonly ConfiguredFolder[] | undefined>>;

/** What settings work with besides their file; each part has a default. */
export interface SettingsParts {
  readonly files?: SettingsFileOperations;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Folders that the host chose: those of the settings have no effect then. */
  readonly roots?: HostFolders | undefined;
  readonly extraRoots?: HostFolders | undefined;
}

interface LoadedSettings {
  readonly file: SettingsFile;
  readonly content: SettingsContent;
}

/** The settings of a library: read from a file, or the defaults, and changed as a whole (docs/behaviour.md, "Settings"). */
export class SettingsManager implements SettingsView {
  /** The libraries among the settings. */
  readonly libraries: SettingsLibraries;
  readonly #store: SettingsStore;
  readonly #file: string;

  /** Settings that are kept in memory; what is no JSON object is none. */
  constructor(settings: unknown, parts: SettingsParts = {}, loaded?: LoadedSettings) {
    const { clock = systemClock, logger = silentLogger, environment = process.env, roots, extraRoots } = parts;
    const raw = isJsonObject(settings) ? structuredClone(settings) : {};
    this.#file = loaded?.file.path ?? '';
    this.#store = new SettingsStore({
      file: loaded?.file,
      content: loaded?.content ?? { kind: 'settings', text: '', raw },
      surroundings: {
        environment,
        hostFolders: {
          ...(roots !== undefined && { folder_paths: pathsOf(roots) }),
          ...(extraRoots !== undefined && { extra_folder_paths: pathsOf(extraRoots) }),
        },
        startedAt: new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
      },
      clock,
      logger,
    });
    this.libraries = new SettingsLibraries(this.#store, logger);
  }

  /**
   * Reads a settings file. One that is missing, unreadable or no JSON object is reported and left as it is; the defaults
   * then hold, because a library that starts with defaults is better than one that does not start. Never rejects.
   */
  static async read(file: string | undefined, logger: Logger, parts: SettingsParts = {}): Promise<SettingsManager> {
    if (file === undefined) return new SettingsManager({}, { ...parts, logger });
    const { files = nodeFileOperations, clock = systemClock } = parts;
    const opened = new SettingsFile(file, files, clock, logger);
    const content = await opened.read();
    if (content.kind === 'missing') logger.warn('There is no settings file; defaults hold.', { file });
    if (content.kind === 'unusable') {
      logger.error('The settings file cannot be used; defaults hold.', { file, error: content.error });
    }
    const settings = new SettingsManager({}, { ...parts, logger }, { file: opened, content });
    for (const part of settings.#store.state.unusable) {
      logger.warn('A part of the settings cannot be used; its default holds.', { file, part });
    }
    return settings;
  }

  /** The newest settings; frozen, and without secrets. */
  current(): Settings {
    return this.#store.state.settings;
  }

  /** A secret that is set. CIVITAI_API_KEY of the environment wins. */
  secretOf(key: SecretKey): string | undefined {
    return this.#store.state.secrets[key];
  }

  /** The folders of the active library. */
  activeFolders(): Pick<Settings, 'folder_paths' | 'extra_folder_paths'> {
    const { folder_paths, extra_folder_paths } = this.current();
    return { folder_paths, extra_folder_paths };
  }

  /** The settings that say where models belong; asked again, it has the newest. */
  organizeSettings(): OrganizeSettingsView {
    return new OrganizeSettingsView(() => this.current());
  }

  /** The settings as a client may see them. */
  told(): PublicSettings {
    return publicSettingsOf(this.#store.state, this.#file);
  }

  /** What a user should know about the settings. */
  messages(): SettingsMessage[] {
    const { state, surroundings, history } = this.#store;
    return settingsMessagesOf(state, surroundings, history);
  }

  /**
   * Changes settings: all of them or, when one is bad or the file cannot be written, none. `null` puts a default back.
   *
   * Rejects with `validation_failed`, `conflict`, and as a failed change of files does.
   */
  async patch(changes: SettingsPatch): Promise<void> {
    await this.#store.inTurn(async (state, save) => {
      const { surroundings, now } = this.#store;
      await save(await patchSettings(changes, state, surroundings, now));
    });
  }

  /** Hears which settings changed, after each change; libraries count as one. Returns what ends it. */
  onChanged(listener: ChangeListener): () => void {
    return this.#store.onChanged(listener);
  }

  /** Hears of every library that became active and was applied. Returns what ends it. */
  onLibraryActivated(listener: Parameters<SettingsLibraries['onActivated']>[0]): () => void {
    return this.libraries.onActivated(listener);
  }
}

function pathsOf(folders: HostFolders): ModelFolders {
  return Object.fromEntries(
    Object.entries(folders).map(([category, configured = []]) => {
      const paths = configured.map((folder) => (typeof folder === 'string' ? folder : folder.path));
      return [category, paths.map((path) => absolutePath(expandHome(path)))];
    }),
  );
}
