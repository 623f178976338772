import { modelshelf as expressAdapter } from '@modelshelf/adapter-express';
import { modelshelf as fastifyAdapter } from '@modelshelf/adapter-fastify';
import { modelshelf as koaAdapter } from '@modelshelf/adapter-koa';
import { createModelLibrary } from '@modelshelf/core';
import { toFetchHandler } from '@modelshelf/core/fetch';
import type * as testing from '@modelshelf/core/testing';
import { modelPages } from '@modelshelf/ui';
import express from 'express';
import fastify from 'fastify';
import Koa from 'koa';

const library = createModelLibrary({ roots: { loras: ['./loras'] }, dataDir: './data', pages: modelPages() });
express().use(expressAdapter(library));
new Koa().use(koaAdapter(library).routes());
void fastify().register(fastifyAdapter, { library, prefix: '/ai' });
export const handler: (request: Request) => Promise<Response> = toFetchHandler(library);
export const ready: Promise<unknown> = library.ready;
export type Conformance = keyof typeof testing;
