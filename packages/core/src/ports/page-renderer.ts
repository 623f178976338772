import type { Settings } from '../shapes/settings.js';

/** What a model page is rendered from (docs/behaviour.md, "Page"). */
export interface PageInputs {
  /** Route prefix of the model type: `loras`. */
  readonly prefix: string;
  /** Prefixes of all model types of the library, for navigation. */
  readonly prefixes: readonly string[];
  /** True until the first scan of this type is done: the page shows progress instead of the listing. */
  readonly is_initializing: boolean;
  /** Sorted folder list; empty while initializing. */
  readonly folders: readonly string[];
  readonly settings: Settings;
  /** Path under which the library is mounted, `''` at the top: what links begin with. */
  readonly base_path: string;
  /** Path of this page as requested. */
  readonly path: string;
  /** Package version, for cache busting. */
  readonly version: string;
}

/** Renders the model pages; `@modelshelf/ui` implements it. */
export interface PageRenderer {
  /** Resolves to a whole HTML document. An unknown language falls back to English. */
  renderModelPage(inputs: PageInputs): Promise<string>;
}
