import { z } from 'zod';
import { boundedText, integerParam, MAX_PATH, textParam } from './params.js';
import { defineRoutes } from './route-definition.js';
import {
  baseModelDistributionReply,
  collectionOverviewReply,
  insightsReply,
  modelUsageListReply,
  recordUsageReply,
  storageAnalyticsReply,
  tagAnalyticsReply,
  usageAnalyticsReply,
} from './statistics-replies.js';

const usageListQuery = z.object({
  type: textParam().default('lora'),
  sort: textParam().default('desc'),
  limit: integerParam({ default: 50, min: 0, max: 1000 }),
  offset: integerParam({ default: 0, min: 0 }),
});

/** Each model by SHA-256, AutoV2, AutoV3, path, address or name. */
const usedModels = z.array(boundedText(MAX_PATH)).max(1000, 'expected at most 1000 models').default([]);

const recordUsageBody = z.object({
  loras: usedModels,
  checkpoints: usedModels,
  embeddings: usedModels,
  executions: integerParam({ default: 1, min: 0, max: 1000 }),
});

/** The statistics of a library (docs/behaviour.md, "Statistics"). */
export const STATISTICS_ROUTE_DEFINITIONS = defineRoutes([
  {
    handler: 'handleStatisticsPage',
    methods: ['GET'],
    path: '/statistics',
    scope: 'library',
    effect: 'read',
    summary: 'The page of the statistics.',
    reply: 'html',
  },
  {
    handler: 'getCollectionOverview',
    methods: ['GET'],
    path: '/api/lm/stats/collection-overview',
    scope: 'library',
    effect: 'read',
    summary: 'Counts and sizes of the library.',
    reply: collectionOverviewReply,
  },
  {
    handler: 'getUsageAnalytics',
    methods: ['GET'],
    path: '/api/lm/stats/usage-analytics',
    scope: 'library',
    effect: 'read',
    summary: 'The most used models, and the use of the last thirty days.',
    reply: usageAnalyticsReply,
  },
  {
    handler: 'getModelUsageList',
    methods: ['GET'],
    path: '/api/lm/stats/model-usage-list',
    scope: 'library',
    effect: 'read',
    summary: 'All models of one type by how often they were used.',
    query: usageListQuery,
    reply: modelUsageListReply,
  },
  {
    handler: 'getBaseModelDistribution',
    methods: ['GET'],
    path: '/api/lm/stats/base-model-distribution',
    scope: 'library',
    effect: 'read',
    summary: 'Base models with their counts, by model type.',
    reply: baseModelDistributionReply,
  },
  {
    handler: 'getTagAnalytics',
    methods: ['GET'],
    path: '/api/lm/stats/tag-analytics',
    scope: 'library',
    effect: 'read',
    summary: 'The most frequent tags.',
    reply: tagAnalyticsReply,
  },
  {
    handler: 'getStorageAnalytics',
    methods: ['GET'],
    path: '/api/lm/stats/storage-analytics',
    scope: 'library',
    effect: 'read',
    summary: 'The largest models, by model type.',
    reply: storageAnalyticsReply,
  },
  {
    handler: 'getInsights',
    methods: ['GET'],
    path: '/api/lm/stats/insights',
    scope: 'library',
    effect: 'read',
    summary: 'What is worth knowing about the library.',
    reply: insightsReply,
  },
  {
    handler: 'recordUsage',
    methods: ['POST'],
    path: '/api/lm/stats/usage',
    scope: 'library',
    effect: 'write',
    summary: 'Counts one use of each model.',
    body: recordUsageBody,
    reply: recordUsageReply,
  },
]);
