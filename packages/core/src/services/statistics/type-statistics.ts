import type { CatalogRecord } from '../../catalog/catalog-record.js';
import type { ModelCatalog } from '../../catalog/model-catalog.js';
import { parseSort } from '../../catalog/model-sort.js';
import type { CatalogEntry } from '../../shapes/catalog-entry.js';
import { KeptResult } from './kept-result.js';
import { sortInSlices } from './sort-in-slices.js';
import { TopList } from './top-list.js';
import type { UsageLedger } from './usage-ledger.js';
import type { NamedModels } from './used-models.js';
import type { WorkSlices } from './work-slices.js';

type Entry = Readonly<CatalogEntry>;

/** What statistics ask of the catalog of one model type. */
export type CountedCatalog = NamedModels &
  Pick<ModelCatalog, 'version' | 'size' | 'query' | 'rankedTags' | 'rankedBaseModels' | 'rankedSubTypes'>;

/** A model with how often it was used. */
export interface UsedModel {
  readonly entry: Entry;
  readonly usageCount: number;
}

/** What depends on the models alone. */
interface Shelf {
  readonly byName: readonly CatalogRecord[];
  readonly size: number;
  /** Largest first, ties by name. */
  readonly largest: readonly CatalogRecord[];
}

/** What depends on the use of the models as well; ties by name in all three. */
interface Ranking {
  readonly mostUsedFirst: readonly UsedModel[];
  readonly leastUsedFirst: readonly UsedModel[];
  readonly unused: readonly CatalogRecord[];
}

const LARGEST = 20;
const TOP_USED = 10;
const PAGE = 256;

/** The name that a model has in statistics. */
export const nameOf = ({ model_name, file_name }: Entry): string => model_name || file_name;

/** Sums and rankings of one model type, worked out in slices when they are asked for and kept until something changes. */
export class TypeStatistics {
  readonly #catalog: CountedCatalog;
  readonly #bucket: string;
  readonly #usage: UsageLedger;
  readonly #slices: WorkSlices;
  readonly #shelf = new KeptResult<Shelf>();
  readonly #ranking = new KeptResult<Ranking>();
  readonly #topUsed = new KeptResult<readonly UsedModel[]>();

  constructor(catalog: CountedCatalog, bucket: string, usage: UsageLedger, slices: WorkSlices) {
    this.#catalog = catalog;
    this.#bucket = bucket;
    this.#usage = usage;
    this.#slices = slices;
  }

  /** Number of models, their bytes, and how many of them were never used. */
  async sums(): Promise<{ count: number; size: number; unused: number }> {
    const [{ byName, size }, { unused }] = await Promise.all([this.#shelved(), this.#ranked()]);
    return { count: byName.length, size, unused: unused.length };
  }

  /** The largest models, largest first. */
  async largest(): Promise<readonly UsedModel[]> {
    const { largest } = await this.#shelved();
    return largest.map(({ entry }) => ({ entry, usageCount: this.#countOf(entry) }));
  }

  /** Part of all models by how often they were used. */
  async byUse(order: { ascending: boolean; offset: number; limit: number }): Promise<readonly UsedModel[]> {
    const { mostUsedFirst, leastUsedFirst, unused } = await this.#ranked();
    const end = order.offset + order.limit;
    const partOf = <T>(models: readonly T[], before: number): T[] =>
      models.slice(Math.max(0, order.offset - before), Math.max(0, end - before));
    const neverUsed = partOf(unused, order.ascending ? 0 : mostUsedFirst.length).map(({ entry }) => ({
      entry,
      usageCount: 0,
    }));
    return order.ascending
      ? [...neverUsed, ...partOf(leastUsedFirst, unused.length)]
      : [...partOf(mostUsedFirst, 0), ...neverUsed];
  }

  /** The models of the ten digests that were used most; digests that no model here has are left out. */
  topUsed(): Promise<readonly UsedModel[]> {
    return this.#topUsed.get([this.#catalog.version, this.#usage.version], async () => {
      const top = new TopList<{ sha256: string; total: number }>(
        TOP_USED,
        (a, b) => b.total - a.total || (a.sha256 < b.sha256 ? -1 : 1),
      );
      for (const [sha256, { total }] of this.#usage.rows(this.#bucket)) {
        top.offer({ sha256, total });
        if (this.#slices.isOver()) await this.#slices.next();
      }
      return top.items.flatMap(({ sha256, total }) => {
        const [entry] = this.#catalog.findByHash(sha256);
        return entry === undefined ? [] : [{ entry, usageCount: total }];
      });
    });
  }

  #shelved(): Promise<Shelf> {
    return this.#shelf.get([this.#catalog.version], async () => {
      const records: CatalogRecord[] = [];
      let size = 0;
      // Page by page: the catalog may change between two slices, and then the result counts for no version of it.
      for (let page = 1, total = Infinity; (page - 1) * PAGE < total; page++) {
        const found = this.#catalog.query({ filter: {}, sort: parseSort('added'), page, pageSize: PAGE });
        for (const record of found.records) {
          records.push(record);
          size += record.entry.size;
        }
        total = found.total;
        if (this.#slices.isOver(PAGE)) await this.#slices.next();
      }
      const byName = await sortInSlices(records, byNameThenPath, this.#slices);
      const largest = new TopList<CatalogRecord>(LARGEST, (a, b) => b.entry.size - a.entry.size);
      for (const record of byName) {
        largest.offer(record);
        if (this.#slices.isOver()) await this.#slices.next();
      }
      return { byName, size, largest: largest.items };
    });
  }

  #ranked(): Promise<Ranking> {
    return this.#ranking.get([this.#catalog.version, this.#usage.version], async () => {
      const unused: CatalogRecord[] = [];
      const used: UsedModel[] = [];
      for (const record of (await this.#shelved()).byName) {
        const usageCount = this.#countOf(record.entry);
        if (usageCount > 0) used.push({ entry: record.entry, usageCount });
        else unused.push(record);
        if (this.#slices.isOver()) await this.#slices.next();
      }
      return {
        mostUsedFirst: await sortInSlices(used, (a, b) => b.usageCount - a.usageCount, this.#slices),
        leastUsedFirst: await sortInSlices(used, (a, b) => a.usageCount - b.usageCount, this.#slices),
        unused,
      };
    });
  }

  #countOf({ sha256 }: Entry): number {
    return this.#usage.countOf(this.#bucket, sha256);
  }
}

function byNameThenPath(a: CatalogRecord, b: CatalogRecord): number {
  const [name, other] = [a.modelNameText || a.fileNameText, b.modelNameText || b.fileNameText];
  if (name !== other) return name < other ? -1 : 1;
  return a.entry.file_path < b.entry.file_path ? -1 : 1;
}
