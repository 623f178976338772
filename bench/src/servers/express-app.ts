import { modelshelf } from '@modelshelf/adapter-express';
import express from 'express';
import { handWrittenList, LIST_PATH } from '../hand-written-list.js';
import { TINY_ANSWER, TINY_PATH } from '../tiny-answer.js';
import type { BenchApp } from './bench-app.js';
import { listen } from './listen.js';

/** Express. */
export const expressApp: BenchApp = {
  withLibrary(library) {
    const app = express();
    app.use(modelshelf(library));
    return listen(app);
  },
  byHand(items) {
    const app = express();
    app.get(LIST_PATH, (req, res) => {
      res.json(handWrittenList(items, req.query));
    });
    app.get(TINY_PATH, (_req, res) => {
      res.json(TINY_ANSWER);
    });
    return listen(app);
  },
};
