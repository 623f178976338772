import type { HandlersOf } from '../routes/route-io.js';
import type { SETTINGS_ROUTE_DEFINITIONS } from '../routes/settings-route-definitions.js';
import { parsePriorityTags } from '../services/organise/priority-tags.js';
import type { ApplyLibrary, LibraryList } from '../services/settings/settings-libraries.js';
import type { SettingsManager } from '../services/settings/settings-manager.js';
import type { JsonReply } from '../shapes/reply.js';

type SettingsHandlers = HandlersOf<typeof SETTINGS_ROUTE_DEFINITIONS>;

/** What settings routes work with. */
export interface SettingsHandlerParts {
  /** A promise while the file is being read: the routes answer before the library is attached. */
  readonly settings: () => SettingsManager | Promise<SettingsManager>;
  /** Puts the folders of a library behind all routes. */
  readonly applyLibrary: ApplyLibrary;
}

/** Settings and libraries. */
export class SettingsHandler implements SettingsHandlers {
  readonly #parts: SettingsHandlerParts;

  constructor(parts: SettingsHandlerParts) {
    this.#parts = parts;
  }

  readonly getSettings: SettingsHandlers['getSettings'] = async () => {
    const settings = await this.#parts.settings();
    return { kind: 'json', body: { success: true, settings: settings.told(), messages: settings.messages() } };
  };

  readonly updateSettings: SettingsHandlers['updateSettings'] = async (changes) => {
    await (await this.#parts.settings()).patch(changes);
    return { kind: 'json', body: { success: true } };
  };

  readonly getPriorityTags: SettingsHandlers['getPriorityTags'] = async () => {
    const { priority_tags } = (await this.#parts.settings()).current();
    const canonicalsOf = (text: string): string[] => parsePriorityTags(text).map(({ canonical }) => canonical);
    const tags = Object.entries(priority_tags).map(([type, text]) => [type, canonicalsOf(text)] as const);
    return { kind: 'json', body: { success: true, tags: Object.fromEntries(tags) } };
  };

  readonly getLibraries: SettingsHandlers['getLibraries'] = async () =>
    listed((await this.#parts.settings()).libraries.list());

  readonly activateLibrary: SettingsHandlers['activateLibrary'] = async (input) => {
    const { libraries } = await this.#parts.settings();
    return listed(await libraries.activate(nameIn(input), this.#parts.applyLibrary));
  };

  readonly createLibrary: SettingsHandlers['createLibrary'] = async ({ library, library_name, ...folders }) => {
    const { libraries } = await this.#parts.settings();
    return listed(await libraries.create(nameIn({ library, library_name }), folders));
  };

  readonly renameLibrary: SettingsHandlers['renameLibrary'] = async ({ new_name, ...input }) => {
    const { libraries } = await this.#parts.settings();
    return listed(await libraries.rename(nameIn(input), new_name));
  };

  readonly deleteLibrary: SettingsHandlers['deleteLibrary'] = async (input) => {
    const { libraries } = await this.#parts.settings();
    return listed(await libraries.delete(nameIn(input), this.#parts.applyLibrary));
  };
}

const listed = (list: LibraryList): JsonReply<{ success: true } & LibraryList> => ({
  kind: 'json',
  body: { success: true, ...list },
});

/** The route's schema has seen to it that there is one. */
const nameIn = ({ library, library_name }: { library?: string | undefined; library_name?: string | undefined }) =>
  library ?? library_name ?? '';
