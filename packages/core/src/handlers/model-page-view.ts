import type { Call } from '../ports/call.js';
import type { PageRenderer } from '../ports/page-renderer.js';
import type { HtmlReply } from '../shapes/reply.js';
import type { ModelService } from './model-service.js';

/** What pages show besides the models. */
export interface PageSetting {
  readonly renderer: PageRenderer;
  /** Prefixes of all model types, for navigation. */
  readonly prefixes: readonly string[];
  /** Package version. */
  readonly version: string;
}

/** The page of a model type. */
export class ModelPageView {
  readonly #service: ModelService;
  readonly #setting: PageSetting;

  constructor(service: ModelService, setting: PageSetting) {
    this.#service = service;
    this.#setting = setting;
  }

  /**
   * Renders the page.
   *
   * Invariant: until the first scan is done the page renders with `is_initializing` true and an empty folder list,
   * afterwards with false and the catalog's folders.
   */
  readonly handleModelsPage = async (_input: unknown, call: Call): Promise<HtmlReply> => {
    const { scans, catalog, modelType, settings } = this.#service;
    const isInitializing = scans.isInitializing;
    const body = await this.#setting.renderer.renderModelPage({
      prefix: modelType.prefix,
      prefixes: this.#setting.prefixes,
      is_initializing: isInitializing,
      folders: isInitializing ? [] : catalog.folders(),
      settings: settings.current(),
      base_path: call.basePath,
      path: call.path,
      version: this.#setting.version,
    });
    return { kind: 'html', body };
  };
}
