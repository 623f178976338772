import type { RequestListener } from 'node:http';
import { modelshelf } from '@modelshelf/adapter-express';
import type { ModelLibrary } from '@modelshelf/core';
import express from 'express';

/** Serves a library with Express. */
export function startExpress(library: ModelLibrary): RequestListener {
  const app = express();
  app.disable('x-powered-by');
  app.get('/', (_request, response) => response.redirect('/loras'));
  app.use(modelshelf(library));
  return app;
}
