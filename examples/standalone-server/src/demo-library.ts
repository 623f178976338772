import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { demoModels, type DemoModel } from './demo-models.js';
import { drawDemoPicture } from './demo-pictures.js';
import { demoSidecar } from './demo-sidecar.js';
import { demoWeights, type DemoKind } from './demo-weights.js';
import { UsageError } from './usage.js';

/** The root folder of every model type of a demo library. */
export type DemoRoots = Readonly<Record<DemoKind, string>>;

// Raise it when the models or pictures change: libraries of an older edition are made anew.
const edition = '1';
const markerFile = 'complete';
const dayInSeconds = 86_400;
const kinds: readonly DemoKind[] = ['loras', 'checkpoints', 'embeddings'];

/** Where the demo library of this user lives. */
export function demoFolder(): string {
  // By number, which a user of a container has, and not by name, which it may lack.
  return join(tmpdir(), `modelshelf-demo-${process.getuid?.() ?? 'user'}`);
}

/**
 * Makes a library of 60 small models with previews and sidecars below `dir`, unless it is there already.
 *
 * Invariant: a library that was not finished is made anew; its marker is written last.
 */
export async function createDemoLibrary(dir: string): Promise<DemoRoots> {
  const roots: DemoRoots = {
    loras: join(dir, 'loras'),
    checkpoints: join(dir, 'checkpoints'),
    embeddings: join(dir, 'embeddings'),
  };
  await refuseForeign(dir);
  if (await isComplete(dir)) return roots;

  await rm(dir, { recursive: true, force: true });
  // Not for the eyes of other users of this machine, who share the folder for temporary files.
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const now = Math.floor(Date.now() / 1000);
  const models = kinds.flatMap((kind) => demoModels[kind].map((model) => ({ kind, model })));
  await Promise.all(
    models.map(({ kind, model }, index) => {
      // Spread over the last months in no visible order, so that sorting by date shows something.
      const added = now - ((index * 37) % models.length) * 5 * dayInSeconds;
      return writeModel(roots[kind], kind, model, added);
    }),
  );
  await writeFile(join(dir, markerFile), edition);
  return roots;
}

// The folder for temporary files is shared: whoever made ours first decides what lies in it.
async function refuseForeign(dir: string): Promise<void> {
  const owner = await stat(dir).then(
    ({ uid }) => uid,
    () => undefined,
  );
  if (owner === undefined || process.getuid === undefined || owner === process.getuid()) return;
  throw new UsageError(`${dir} belongs to another user: name your own folders with --root`);
}

async function isComplete(dir: string): Promise<boolean> {
  return (await readFile(join(dir, markerFile), 'utf8').catch(() => '')) === edition;
}

async function writeModel(root: string, kind: DemoKind, model: DemoModel, added: number): Promise<void> {
  const stem = join(root, model.path);
  const path = `${stem}.safetensors`;
  await mkdir(dirname(path), { recursive: true });

  const weights = demoWeights(kind, `${kind}/${model.path}`, trainerMetadata(model));
  const preview = model.look === null ? '' : `${stem}.preview.png`;
  await writeFile(path, weights);
  await utimes(path, added, added);
  if (model.look !== null) await writeFile(preview, await drawDemoPicture(model.look, model.path));

  if (model.hasSidecar === false) return;
  const sha256 = createHash('sha256').update(weights).digest('hex');
  const sidecar = demoSidecar(kind, model, { path, size: weights.length, added, sha256, preview });
  await writeFile(`${stem}.metadata.json`, JSON.stringify(sidecar, null, 2));
}

function trainerMetadata({ path, base, name = path, words = [] }: DemoModel): Record<string, string> {
  return {
    format: 'pt',
    ss_output_name: name,
    ss_base_model_version: base,
    ss_tag_frequency: JSON.stringify({ demo: Object.fromEntries(words.map((word) => [word, 20])) }),
    'modelspec.title': name,
  };
}
