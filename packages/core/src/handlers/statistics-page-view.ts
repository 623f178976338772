import type { Call } from '../ports/call.js';
import type { SettingsView } from '../ports/settings-view.js';
import type { HtmlReply } from '../shapes/reply.js';
import type { PageSetting } from './model-page-view.js';

/** What the page of the statistics needs of the library. */
export interface StatisticsPageService {
  readonly settings: SettingsView;
  /** True until the first scan of every type is done. */
  readonly isInitializing: () => boolean;
}

/** The page of the statistics. */
export class StatisticsPageView {
  readonly #service: () => StatisticsPageService;
  readonly #setting: PageSetting;

  constructor(service: () => StatisticsPageService, setting: PageSetting) {
    this.#service = service;
    this.#setting = setting;
  }

  /** Renders the page: with `is_initializing` true while any model type is. */
  readonly handleStatisticsPage = async (_input: unknown, call: Call): Promise<HtmlReply> => {
    const { settings, isInitializing } = this.#service();
    const body = await this.#setting.renderer.renderStatisticsPage({
      prefixes: this.#setting.prefixes,
      is_initializing: isInitializing(),
      settings: settings.current(),
      base_path: call.basePath,
      path: call.path,
      version: this.#setting.version,
    });
    return { kind: 'html', body };
  };
}
