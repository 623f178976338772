#!/usr/bin/env node
import { join } from 'node:path';
import type { RequestListener } from 'node:http';
import { createModelLibrary, isModelshelfError, type ModelLibrary } from '@modelshelf/core';
import { modelPages } from '@modelshelf/ui';
import { createConsoleLogger } from './console-logger.js';
import { createDemoLibrary, demoFolder } from './demo-library.js';
import { guardHost, isLoopback } from './host-guard.js';
import { issueLine } from './issue-line.js';
import { listen, ListenError, originOf } from './listen.js';
import { parseOptions, type Framework, type ServerOptions } from './options.js';
import { ProgressLine } from './progress-line.js';
import { onStopSignal, shutDown } from './shut-down.js';
import { startExpress } from './start-express.js';
import { startFastify } from './start-fastify.js';
import { startKoa } from './start-koa.js';
import { USAGE, UsageError } from './usage.js';

const starts: Readonly<Record<Framework, (library: ModelLibrary) => RequestListener | Promise<RequestListener>>> = {
  express: startExpress,
  fastify: startFastify,
  koa: startKoa,
};

async function main(args: readonly string[]): Promise<void> {
  const options = await parseOptions(args);
  if (options.help) return void process.stdout.write(USAGE);

  const line = new ProgressLine(process.stdout);
  const library = createModelLibrary({
    ...(await sourcesOf(options, line)),
    ...(options.settingsFile === undefined ? {} : { settingsFile: options.settingsFile }),
    sites: options.sites,
    pages: modelPages(),
    logger: createConsoleLogger((text) => line.print(text)),
  });
  const unfollow = line.follow(library);
  const listener = guardHost(options.host, await starts[options.framework](library));
  const server = await listen(listener, options.host, options.port);

  let isStopping = false;
  const stop = async (): Promise<void> => {
    isStopping = true;
    unfollow();
    await shutDown(server, library);
    process.exit();
  };
  onStopSignal(stop, fail);

  const origin = originOf(server, options.host);
  line.print(`listening on ${origin}`);
  line.print(`page: ${origin}/loras`);
  if (!isLoopback(options.host)) line.print('note: whoever can reach this address can use and change the library');
  try {
    const { models, ms } = await library.ready;
    line.print(`ready: ${models} models in ${ms} ms`);
  } catch {
    // A start that was interrupted is no failure; any other one has been logged.
    if (isStopping) return;
    process.exitCode = 1;
    await stop();
  }
  // What cannot be asked any more is not worth a failure.
  const issues = await issueLine(library).catch(() => undefined);
  if (issues !== undefined) line.print(issues);
}

/** Folders and data folder: as asked for, else those of the demo library. */
async function sourcesOf(
  { roots, hasSettingsRoots, dataDir }: ServerOptions,
  line: ProgressLine,
): Promise<{ roots?: Readonly<Record<string, string[]>>; dataDir?: string }> {
  const given = dataDir === undefined ? {} : { dataDir };
  if (roots !== undefined) return { roots, ...given };
  if (hasSettingsRoots) return given;

  const folder = demoFolder();
  line.print(`no --root given: showing a demo library in ${folder}`);
  const { loras, checkpoints, embeddings } = await createDemoLibrary(folder);
  return {
    roots: { loras: [loras], checkpoints: [checkpoints], embeddings: [embeddings] },
    dataDir: join(folder, 'data'),
    ...given,
  };
}

function fail(error: unknown): void {
  const isUsage = error instanceof UsageError || (isModelshelfError(error) && error.code === 'invalid_configuration');
  const isExpected = isUsage || error instanceof ListenError;
  const reason = error instanceof Error ? ((isExpected ? undefined : error.stack) ?? error.message) : String(error);
  process.stderr.write(`modelshelf: ${reason}${isUsage ? ' (see --help)' : ''}\n`);
  process.exit(isUsage ? 2 : 1);
}

main(process.argv.slice(2)).catch(fail);
