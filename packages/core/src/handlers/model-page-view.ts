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

/** What the page of a model type needs of its service. */
export interface ModelPageService extends Pick<ModelService, 'modelType' | 'settings'> {
  readonly catalog: Pick<ModelService['catalog'], 'folders'>;
  readonly scans: Pick<ModelService['scans'], 'isInitializing'>;
}

/** The page of a model type. */
export class ModelPageView {
  readonly #service: ModelPageService;
  readonly #setting: PageSetting;

  constructor(service: ModelPageService, setting: PageSetting) {
    this.#service = service;
    this.#setting = setting;
  }

  /**
   * Renders the page.
   *
   * Invariant: With a cold cache (no cache, or initialising flag set) the page renders with `is_initializing` true and an
   * empty folder list; after start-up completes it renders with false and the cache's folder list.
   * Invariant: If reading the cache throws while rendering, the page still answers 200 with `is_initializing` true.
   */
  readonly handleModelsPage = async (_input: unknown, call: Call): Promise<HtmlReply> => {
    const { modelType, settings } = this.#service;
    const folders = this.#folders();
    const body = await this.#setting.renderer.renderModelPage({
      prefix: modelType.prefix,
      prefixes: this.#setting.prefixes,
      is_initializing: folders === undefined,
      folders: folders ?? [],
      settings: settings.current(),
      base_path: call.basePath,
      path: call.path,
      version: this.#setting.version,
    });
    return { kind: 'html', body };
  };

  /** The catalog's folders; undefined while there are none to be had. */
  #folders(): readonly string[] | undefined {
    const { scans, catalog } = this.#service;
    if (scans.isInitializing) return undefined;
    try {
      return catalog.folders();
    } catch {
      return undefined;
    }
  }
}
