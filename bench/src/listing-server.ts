// The entry of a server process: `<folder>`. A Fastify host over the models of a folder; it tells its port when all are
// listed, then answers every message with the CPU time that it has used.
import { join } from 'node:path';
import { createModelLibrary } from '@modelshelf/core';
import { fastifyApp } from './servers/fastify-app.js';

const [folder = ''] = process.argv.slice(2);
const library = createModelLibrary({
  roots: { loras: [join(folder, 'models')] },
  dataDir: join(folder, 'data'),
  digests: false,
});
await library.ready;
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.send?.(await fastifyApp.withLibrary(library));
