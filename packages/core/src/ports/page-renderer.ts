import type { Settings } from '../shapes/settings.js';

/** What the page of the statistics is rendered from (docs/behaviour.md, "Page"). */
export interface StatisticsPageInputs {
  /** Prefixes of all model types of the library, for navigation. */
  readonly prefixes: readonly string[];
  /** True until the first scan of what the page shows is done: it shows progress instead. */
  readonly is_initializing: boolean;
  readonly settings: Settings;
  /** Path under which the library is mounted, `''` at the top: what links begin with. */
  readonly base_path: string;
  /** Path of this page as requested. */
  readonly path: string;
  /** Package version, for cache busting. */
  readonly version: string;
}

/** What the page of a model type is rendered from (docs/behaviour.md, "Page"). */
export interface PageInputs extends StatisticsPageInputs {
  /** Route prefix of the model type: `loras`. */
  readonly prefix: string;
  /** Sorted folder list; empty while initializing. */
  readonly folders: readonly string[];
}

/** Renders the pages; `@modelshelf/ui` implements it. */
export interface PageRenderer {
  /** Resolves to a whole HTML document. An unknown language falls back to English. */
  renderModelPage(inputs: PageInputs): Promise<string>;
  /** The same for the page of the statistics. */
  renderStatisticsPage(inputs: StatisticsPageInputs): Promise<string>;
}
