// The entry of a server process: `<framework> <side> <folder>`. It tells its port, then answers every message with the
// CPU time that it has used.
import { openBenchLibrary, readBenchItems } from './bench-library.js';
import { isFramework, type Side } from './sides.js';
import { expressApp } from './servers/express-app.js';
import { fastifyApp } from './servers/fastify-app.js';
import { koaApp } from './servers/koa-app.js';

const apps = { express: expressApp, fastify: fastifyApp, koa: koaApp };

async function serve(framework: string, side: Side, folder: string): Promise<number> {
  if (!isFramework(framework)) throw new Error(`no framework is called ${framework}`);
  const app = apps[framework];
  if (side === 'by hand') return app.byHand(await readBenchItems(folder));
  return app.withLibrary(await openBenchLibrary(folder, `data-${framework}`));
}

const [framework = '', side, folder = ''] = process.argv.slice(2);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.send?.(await serve(framework, side as Side, folder));
