import type { CatalogRecord } from '../catalog/catalog-record.js';
import type { ModelFilter } from '../catalog/model-filter.js';
import type { PoolConfig } from '../routes/lora-bodies.js';
import type { ModelService } from './model-service.js';
import { NamePatternMatches } from './name-pattern-matches.js';

/** The loras that a node of the host application draws from. */
export class LoraPool {
  readonly #service: Pick<ModelService, 'catalog' | 'settings'>;
  readonly #namePatterns: NamePatternMatches;

  constructor(service: Pick<ModelService, 'catalog' | 'settings'>) {
    this.#service = service;
    this.#namePatterns = new NamePatternMatches(service.catalog);
  }

  /** In name order; the safe-content setting counts here too. */
  async select(config: PoolConfig, signal: AbortSignal): Promise<readonly CatalogRecord[]> {
    const { catalog, settings } = this.#service;
    const { include = [], exclude = [], useRegex = false } = config?.namePatterns ?? {};
    const names = await this.#namePatterns.matching({ include, exclude, regex: useRegex }, signal);
    return catalog.select({ ...poolFilterOf(config, settings.current().show_only_sfw), names });
  }
}

function poolFilterOf(config: PoolConfig, safeContentOnly: boolean): ModelFilter {
  const { baseModels = [], tags, folders, license } = config ?? {};
  return {
    safeContentOnly,
    baseModels,
    tags: { include: tags?.include ?? [], exclude: tags?.exclude ?? [], logic: 'any' },
    folderInclude: { paths: folders?.include ?? [], recursive: true },
    folderExclude: folders?.exclude ?? [],
    creditRequired: license?.noCreditRequired === true ? false : undefined,
    allowSelling: license?.allowSelling === true ? true : undefined,
  };
}
