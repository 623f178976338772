import { z } from 'zod';
import { cyclerListBody, randomSampleBody, sendTriggerWordsBody } from './lora-bodies.js';
import { pathParam, requiredTextParam } from './params.js';
import {
  cyclerListReply,
  letterCountsReply,
  randomSampleReply,
  successReply,
  triggerWordsReply,
  usageTipsReply,
} from './replies.js';
import { defineRoutes } from './route-definition.js';

/** The routes that only loras have. */
export const LORA_ROUTE_DEFINITIONS = defineRoutes([
  {
    handler: 'getLetterCounts',
    methods: ['GET'],
    path: '/api/lm/{prefix}/letter-counts',
    scope: 'model',
    effect: 'read',
    summary: 'How many loras begin with each letter.',
    reply: letterCountsReply,
  },
  {
    handler: 'getLoraTriggerWords',
    methods: ['GET'],
    path: '/api/lm/{prefix}/get-trigger-words',
    scope: 'model',
    effect: 'read',
    summary: 'The trigger words of a lora given by name or by folder and name.',
    query: z.object({ name: requiredTextParam() }),
    reply: triggerWordsReply,
  },
  {
    handler: 'getUsageTipsByPath',
    methods: ['GET'],
    path: '/api/lm/{prefix}/usage-tips-by-path',
    scope: 'model',
    effect: 'read',
    summary: 'The usage tips of a lora given by its path below a root.',
    query: z.object({ relative_path: pathParam() }),
    reply: usageTipsReply,
  },
  {
    handler: 'getRandomSample',
    methods: ['POST'],
    path: '/api/lm/{prefix}/random-sample',
    scope: 'model',
    effect: 'read',
    summary: 'Loras drawn by chance, with strengths drawn by chance or as recommended.',
    body: randomSampleBody,
    reply: randomSampleReply,
  },
  {
    handler: 'getCyclerList',
    methods: ['POST'],
    path: '/api/lm/{prefix}/cycler-list',
    scope: 'model',
    effect: 'read',
    summary: 'The loras of a pool, sorted.',
    body: cyclerListBody,
    reply: cyclerListReply,
  },
  {
    handler: 'sendTriggerWords',
    methods: ['POST'],
    path: '/api/lm/{prefix}/get_trigger_words',
    scope: 'model',
    effect: 'write',
    summary: 'Sends the trigger words of loras to nodes of the host application.',
    body: sendTriggerWordsBody,
    reply: successReply,
  },
]);
