import type { CatalogEntry } from '../shapes/catalog-entry.js';
import type { ProgressEvents, ProgressTopic } from '../shapes/progress.js';
import type { Logger } from './logger.js';
import type { SettingsView } from './settings-view.js';

/** The models of one type, read only. */
export interface ModelReader {
  /** By absolute path or by address (`<root id>:<relative path>`); undefined when the library does not hold it. */
  find(location: string): Readonly<CatalogEntry> | undefined;
  /** By SHA-256 (64), AutoV2 (10) or AutoV3 (12 characters), any case. */
  findByHash(hash: string): readonly Readonly<CatalogEntry>[];
  /** Every listed model, in no particular order. */
  entries(): Iterable<Readonly<CatalogEntry>>;
}

/** What the handlers of added routes work with. */
export interface ExtensionContext {
  /** The model type that the routes are bound for; undefined on routes of scope `library`. */
  readonly modelType: { readonly name: string; readonly prefix: string } | undefined;
  /** The models behind a prefix; throws `not_found` for an unknown one. */
  readonly models: (prefix: string) => ModelReader;
  readonly settings: SettingsView;
  readonly logger: Logger;
  /** Publishes a progress snapshot on a topic. */
  readonly publish: <T extends ProgressTopic>(topic: T, key: string, data: ProgressEvents[T]) => void;
}
