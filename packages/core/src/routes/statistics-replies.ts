import { z } from 'zod';

const count = z.number().int();
const dataOf = <S extends z.ZodType>(data: S) => z.object({ success: z.literal(true), data });

/** A model by how often it was used. */
const usedModel = z.object({
  name: z.string(),
  usage_count: count,
  base_model: z.string(),
  preview_url: z.string(),
  folder: z.string(),
});

export const collectionOverviewReply = dataOf(
  z.object({
    total_models: count,
    lora_count: count,
    checkpoint_count: count,
    embedding_count: count,
    /** Sizes are bytes. */
    total_size: count,
    lora_size: count,
    checkpoint_size: count,
    embedding_size: count,
    total_generations: count,
    unused_loras: count,
    unused_checkpoints: count,
    unused_embeddings: count,
    model_types_distribution: z.record(z.string(), count),
  }),
);

export const usageAnalyticsReply = dataOf(
  z.object({
    top_loras: z.array(usedModel),
    top_checkpoints: z.array(usedModel),
    top_embeddings: z.array(usedModel),
    /** Thirty days, oldest first. */
    usage_timeline: z.array(
      z.object({
        date: z.string(),
        lora_usage: count,
        checkpoint_usage: count,
        embedding_usage: count,
        total_usage: count,
      }),
    ),
    total_executions: count,
  }),
);

export const modelUsageListReply = dataOf(z.object({ items: z.array(usedModel), total: count, type: z.string() }));

/** By prefix of the model type, then by base model. */
export const baseModelDistributionReply = dataOf(z.record(z.string(), z.record(z.string(), count)));

export const tagAnalyticsReply = dataOf(
  z.object({ top_tags: z.array(z.object({ tag: z.string(), count })), total_unique_tags: count }),
);

/** By prefix of the model type. */
export const storageAnalyticsReply = dataOf(
  z.record(
    z.string(),
    z.array(
      z.object({ name: z.string(), size: count, usage_count: count, folder: z.string(), base_model: z.string() }),
    ),
  ),
);

export const insightsReply = dataOf(
  z.object({
    insights: z.array(
      z.object({
        type: z.enum(['warning', 'info', 'success']),
        key: z.string(),
        params: z.record(z.string(), z.string()),
      }),
    ),
  }),
);

export const recordUsageReply = z.object({
  success: z.literal(true),
  /** Models that were counted, each once. */
  recorded: count,
  /** What no model here is known by, or only one whose digest is not computed yet. */
  unknown: z.array(z.string()),
});
