import { modelshelf } from '@modelshelf/adapter-fastify';
import fastify, { type FastifyInstance } from 'fastify';
import { handWrittenList, LIST_PATH, type ListSearch } from '../hand-written-list.js';
import { TINY_ANSWER, TINY_PATH } from '../tiny-answer.js';
import { LOOPBACK, type BenchApp } from './bench-app.js';
import { portOf } from './listen.js';

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ port: 0, host: LOOPBACK });
  return portOf(app.server);
}

/** Fastify. */
export const fastifyApp: BenchApp = {
  async withLibrary(library) {
    const app = fastify();
    await app.register(modelshelf, { library });
    return listen(app);
  },
  byHand(items) {
    const app = fastify();
    app.get<{ Querystring: ListSearch }>(LIST_PATH, async (request) => handWrittenList(items, request.query));
    app.get(TINY_PATH, async () => TINY_ANSWER);
    return listen(app);
  },
};
