import { once } from 'node:events';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { modelshelf } from '@modelshelf/adapter-express';
import { createModelLibrary, type RootsConfiguration } from '@modelshelf/core';
import { modelPages } from '@modelshelf/ui';
import express, { type Request } from 'express';

// The login that the application has anyway.
const users = new Map([
  ['Bearer look-only', 'reader'],
  ['Bearer all-powers', 'admin'],
]);
const userOf = (request: Request) => users.get(request.get('authorization') ?? '');

/** Starts an application of its own with Modelshelf below `/models`. */
export async function start(port: number, roots: RootsConfiguration) {
  const app = express();
  // region mount
  const library = createModelLibrary({
    roots,
    pages: modelPages(),
    authorize: (_request, route, user) => user === 'admin' || (user === 'reader' && route.effect === 'read'),
  });
  app.use('/models', modelshelf(library, { principal: userOf })); // before your body parsers
  // endregion
  app.use(express.json());
  app.post('/notes', (request, response) => {
    const note: unknown = request.body;
    response.json({ note, by: userOf(request) ?? null });
  });
  const server = app.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { server, library };
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) await start(8188, { loras: [argv[2] ?? '.'] });
