import { ModelshelfError } from '../../errors.js';
import type { ModelType } from '../../model-types/model-type.js';
import type { Clock } from '../../ports/clock.js';
import { insightsOf, type Insight } from './insights.js';
import { KeptResult } from './kept-result.js';
import { TopList } from './top-list.js';
import { nameOf, TypeStatistics, type CountedCatalog, type UsedModel } from './type-statistics.js';
import type { ModelUse, UsageLedger } from './usage-ledger.js';
import { lastDays } from './usage-timeline.js';
import { usedDigestOf, type NamedModels } from './used-models.js';
import { WorkSlices } from './work-slices.js';

/** One model type as statistics see it. */
export interface CountedType {
  readonly modelType: Pick<ModelType, 'name' | 'prefix'>;
  /** The models that are counted. */
  readonly catalog: CountedCatalog;
  /** Models that are left out of listings: their use is recorded, and they are counted nowhere. */
  readonly excluded: NamedModels;
}

/** What the statistics work with. */
export interface StatisticsParts {
  readonly types: readonly CountedType[];
  readonly usage: UsageLedger;
  readonly clock: Clock;
}

/** Models of one type that a client says were used. */
export interface ReportedUse {
  readonly prefix: string;
  readonly references: readonly string[];
}

const TIMELINE_DAYS = 30;
const TOP_TAGS = 50;

/** The types that the wire format has members of their own for. */
const OVERVIEW_TYPES = ['loras', 'checkpoints', 'embeddings'];

interface TagCount {
  readonly tag: string;
  readonly count: number;
}

/**
 * Sums, rankings and insights over the catalogs and the usage records (docs/behaviour.md, "Statistics"), worked out when
 * they are asked for and kept until a catalog or the records change.
 */
export class StatisticsService {
  readonly #types: readonly (CountedType & { readonly statistics: TypeStatistics })[];
  readonly #usage: UsageLedger;
  readonly #clock: Clock;
  readonly #slices = new WorkSlices();
  readonly #tags = new KeptResult<{ top_tags: TagCount[]; total_unique_tags: number }>();

  constructor({ types, usage, clock }: StatisticsParts) {
    this.#types = types.map((type) => ({
      ...type,
      statistics: new TypeStatistics(type.catalog, type.modelType.prefix, usage, this.#slices),
    }));
    this.#usage = usage;
    this.#clock = clock;
  }

  /** Counts and bytes of the three types of the wire format. */
  async collectionOverview() {
    const [loras, checkpoints, embeddings] = await Promise.all([
      this.#sumsOf('loras'),
      this.#sumsOf('checkpoints'),
      this.#sumsOf('embeddings'),
    ]);
    return {
      total_models: loras.count + checkpoints.count + embeddings.count,
      lora_count: loras.count,
      checkpoint_count: checkpoints.count,
      embedding_count: embeddings.count,
      total_size: loras.size + checkpoints.size + embeddings.size,
      lora_size: loras.size,
      checkpoint_size: checkpoints.size,
      embedding_size: embeddings.size,
      total_generations: this.#usage.executions,
      unused_loras: loras.unused,
      unused_checkpoints: checkpoints.unused,
      unused_embeddings: embeddings.unused,
      model_types_distribution: this.#subTypes(),
    };
  }

  /** The most used models of the three types, and every use of the last thirty days. */
  async usageAnalytics() {
    const [top_loras, top_checkpoints, top_embeddings] = await Promise.all([
      this.#topUsedOf('loras'),
      this.#topUsedOf('checkpoints'),
      this.#topUsedOf('embeddings'),
    ]);
    const [loras, checkpoints, embeddings] = [
      this.#usage.historyOf('loras'),
      this.#usage.historyOf('checkpoints'),
      this.#usage.historyOf('embeddings'),
    ];
    const usage_timeline = lastDays(this.#clock.now(), TIMELINE_DAYS).map((date) => {
      const lora_usage = loras.get(date) ?? 0;
      const checkpoint_usage = checkpoints.get(date) ?? 0;
      const embedding_usage = embeddings.get(date) ?? 0;
      const total_usage = lora_usage + checkpoint_usage + embedding_usage;
      return { date, lora_usage, checkpoint_usage, embedding_usage, total_usage };
    });
    return { top_loras, top_checkpoints, top_embeddings, usage_timeline, total_executions: this.#usage.executions };
  }

  /** Part of the models of one type by use. Throws `validation_failed` for a type that this library does not have. */
  async modelUsageList(typeName: string, part: { ascending: boolean; offset: number; limit: number }) {
    const type = this.#types.find(({ modelType }) => modelType.name === typeName);
    if (type === undefined) throw new ModelshelfError('validation_failed', `Invalid model type: ${typeName}`);
    const models = await type.statistics.byUse(part);
    return { models, total: type.catalog.size, type: typeName };
  }

  /** Base models with their counts by prefix of the model type, most frequent first. */
  baseModelDistribution(): Record<string, Record<string, number>> {
    return Object.fromEntries(
      this.#types.map(({ modelType, catalog }) => [
        modelType.prefix,
        Object.fromEntries(catalog.rankedBaseModels().map(({ value, count }) => [value, count])),
      ]),
    );
  }

  /** The most frequent tags of the three types together. */
  tagAnalytics(): Promise<{ top_tags: TagCount[]; total_unique_tags: number }> {
    const catalogs = this.#overviewTypes().map(({ catalog }) => catalog);
    const versions = catalogs.map(({ version }) => version);
    return this.#tags.get(versions, async () => {
      const counts = new Map<string, number>();
      for (const catalog of catalogs) {
        for (const { value, count } of catalog.rankedTags()) {
          counts.set(value, (counts.get(value) ?? 0) + count);
          if (this.#slices.isOver()) await this.#slices.next();
        }
      }
      const top = new TopList<TagCount>(TOP_TAGS, (a, b) => b.count - a.count);
      for (const [tag, count] of counts) {
        top.offer({ tag, count });
        if (this.#slices.isOver()) await this.#slices.next();
      }
      return { top_tags: [...top.items], total_unique_tags: counts.size };
    });
  }

  /** The largest models by prefix of the model type. */
  async storageAnalytics() {
    const rows = this.#types.map(async ({ modelType, statistics }) => {
      const largest = (await statistics.largest()).map(({ entry, usageCount }) => ({
        name: nameOf(entry),
        size: entry.size,
        usage_count: usageCount,
        folder: entry.folder,
        base_model: entry.base_model,
      }));
      return [modelType.prefix, largest] as const;
    });
    return Object.fromEntries(await Promise.all(rows));
  }

  /** What the rules say about the library. */
  async insights(): Promise<Insight[]> {
    const sums = await Promise.all(OVERVIEW_TYPES.map(async (prefix) => [prefix, await this.#sumsOf(prefix)] as const));
    return insightsOf({
      counts: Object.fromEntries(sums),
      totalSize: sums.reduce((total, [, { size }]) => total + size, 0),
      executions: this.#usage.executions,
    });
  }

  /**
   * Counts one use of each model that is named, and says which names mean none.
   *
   * Invariant: a model counts once per report, however often and by whatever names it is in it.
   */
  async recordUse(reported: readonly ReportedUse[], executions: number) {
    const uses: ModelUse[] = [];
    const unknown: string[] = [];
    for (const { prefix, references } of reported) {
      const type = this.#types.find(({ modelType }) => modelType.prefix === prefix);
      const digests = new Set<string>();
      for (const reference of references) {
        const sha256 = type && (usedDigestOf(type.catalog, reference) ?? usedDigestOf(type.excluded, reference));
        if (sha256 === undefined) unknown.push(reference);
        else digests.add(sha256);
        if (this.#slices.isOver()) await this.#slices.next();
      }
      uses.push(...Array.from(digests, (sha256) => ({ bucket: prefix, sha256 })));
    }
    await this.#usage.record(uses, { executions });
    return { recorded: uses.length, unknown };
  }

  #overviewTypes() {
    return this.#types.filter(({ modelType }) => OVERVIEW_TYPES.includes(modelType.prefix));
  }

  #statisticsOf(prefix: string): TypeStatistics | undefined {
    return this.#types.find(({ modelType }) => modelType.prefix === prefix)?.statistics;
  }

  async #sumsOf(prefix: string): Promise<{ count: number; size: number; unused: number }> {
    return (await this.#statisticsOf(prefix)?.sums()) ?? { count: 0, size: 0, unused: 0 };
  }

  async #topUsedOf(prefix: string): Promise<readonly UsedModel[]> {
    return (await this.#statisticsOf(prefix)?.topUsed()) ?? [];
  }

  /** Sub-types with their counts, most frequent first; an embedding is one whatever its sidecar says. */
  #subTypes(): Record<string, number> {
    const counts = new Map<string, number>();
    for (const { modelType, catalog } of this.#overviewTypes()) {
      const ranked =
        modelType.prefix === 'embeddings'
          ? [{ value: 'embedding', count: catalog.size }].filter(({ count }) => count > 0)
          : catalog.rankedSubTypes();
      for (const { value, count } of ranked) counts.set(value, (counts.get(value) ?? 0) + count);
    }
    return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
  }
}
