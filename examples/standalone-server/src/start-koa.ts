import type { RequestListener } from 'node:http';
import { Router } from '@koa/router';
import { modelshelf } from '@modelshelf/adapter-koa';
import type { ModelLibrary } from '@modelshelf/core';
import Koa from 'koa';

/** Serves a library with Koa. */
export function startKoa(library: ModelLibrary): RequestListener {
  const app = new Koa();
  const home = new Router();
  home.get('/', (ctx) => ctx.redirect('/loras'));
  app.use(home.routes());
  app.use(modelshelf(library).routes());
  const answer = app.callback();
  return (request, response) => void answer(request, response);
}
