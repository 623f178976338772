import { Router } from '@koa/router';
import { modelshelf } from '@modelshelf/adapter-koa';
import Koa from 'koa';
import { handWrittenList, LIST_PATH } from '../hand-written-list.js';
import { TINY_ANSWER, TINY_PATH } from '../tiny-answer.js';
import type { BenchApp } from './bench-app.js';
import { listen } from './listen.js';

function serve(router: Router): Promise<number> {
  const app = new Koa();
  app.use(router.routes());
  const handle = app.callback();
  return listen((req, res) => void handle(req, res));
}

/** Koa with @koa/router. */
export const koaApp: BenchApp = {
  withLibrary: (library) => serve(modelshelf(library)),
  byHand(items) {
    const router = new Router();
    router.get(LIST_PATH, (ctx) => {
      ctx.body = handWrittenList(items, ctx.query);
    });
    router.get(TINY_PATH, (ctx) => {
      ctx.body = TINY_ANSWER;
    });
    return serve(router);
  },
};
