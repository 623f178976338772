import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { ModelLibrary } from '../../src/index.js';
import { safetensors, sidecar } from './temp-library.js';
import { allDigested, allLoras, heard, isDeep, standingFolder } from './standing-folder.js';

const MODELS = isDeep ? 1000 : 200;

const metadataOf = (library: ModelLibrary, file_path: string) => library.loras.getModelMetadata({ file_path });

describe('models that are moved between roots while nothing runs', () => {
  it(
    'P-15: tags, notes, preview and favourite are still attached after the next start, and after another one, also in the metadata answer',
    { timeout: 60_000 },
    async () => {
      const { open, at, write } = await standingFolder();
      for (let n = 0; n < MODELS; n++) {
        const stem = `loras/set ${String(n % 7)}/m${String(n)}`;
        await write({
          [`${stem}.safetensors`]: safetensors({ n: String(n) }),
          [`${stem}.metadata.json`]: sidecar({
            model_name: `Model ${String(n)}`,
            tags: [`tag${String(n)}`],
            notes: `notes ${String(n)}`,
            favorite: n % 2 === 0,
            sha256: '',
            size: 0,
            modelDescription: `about ${String(n)}`,
            civitai: { id: n, modelId: n, trainedWords: [`w${String(n)}`] },
          }),
          [`${stem}.png`]: `picture ${String(n)}`,
        });
      }
      const first = open({ digests: false });
      await first.ready;
      await first.close();
      // The files alone: what describes them stays behind.
      for (let n = 0; n < MODELS; n++) {
        await mkdir(at(`more/to ${String(n % 5)}`), { recursive: true });
        await rename(
          at(`loras/set ${String(n % 7)}/m${String(n)}.safetensors`),
          at(`more/to ${String(n % 5)}/moved ${String(n)}.safetensors`),
        );
      }
      const check = async (library: ModelLibrary): Promise<void> => {
        const items = new Map((await allLoras(library)).map((item) => [item.file_name, item]));
        expect(items.size).toBe(MODELS);
        for (let n = 0; n < MODELS; n++) {
          expect(items.get(`moved ${String(n)}`)).toMatchObject({
            model_name: `Model ${String(n)}`,
            folder: `to ${String(n % 5)}`,
            tags: [`tag${String(n)}`],
            notes: `notes ${String(n)}`,
            favorite: n % 2 === 0,
            preview_url: expect.stringContaining(encodeURIComponent(`/m${String(n)}.png`)),
          });
        }
        const path = at('more/to 3/moved 3.safetensors');
        expect(await metadataOf(library, path)).toMatchObject({
          metadata: { id: 3, trainedWords: ['w3'] },
          source: 'remembered',
        });
        expect(await library.loras.getModelDescription({ file_path: path })).toMatchObject({ description: 'about 3' });
      };
      const second = open({ digests: false });
      const changes = heard(second, 'models_changed');
      await second.ready;
      const { issues } = await second.loras.scanModels();
      expect(issues).toEqual([]);
      await check(second);
      const told = changes.filter(({ moved }) => moved !== undefined);
      expect(told).toMatchObject([{ added: 0, removed: 0, moved: { length: MODELS } }]);
      await second.close();

      const third = open({ digests: false });
      await third.ready;
      await third.loras.scanModels();
      await check(third);
      await third.loras.scanModels({ full_rebuild: true });
      await check(third);
      await third.close();

      // Without the index the records alone still say it.
      const fourth = open({ digests: false, index: false });
      await fourth.ready;
      await check(fourth);
    },
  );

  it('P-15: an ambiguous case is listed among the issues of the scan, and nothing is guessed', async () => {
    const { open, at } = await standingFolder({
      'loras/gone.safetensors': safetensors({ a: '1' }),
      'loras/gone.metadata.json': sidecar({ sha256: '', size: 0, tags: ['mine'], notes: 'mine' }),
      'loras/other.safetensors': safetensors({ a: '2' }),
    });
    const first = open();
    await first.ready;
    await allDigested(first);
    await first.loras.scanModels();
    await first.close();
    // Two files with the same bytes come, and the one that had them goes.
    await copyFile(at('loras/gone.safetensors'), at('more/one.safetensors'));
    await copyFile(at('loras/gone.safetensors'), at('more/two.safetensors'));
    await rm(at('loras/gone.safetensors'));
    const second = open();
    await second.ready;
    // Joins the comparison that the start began.
    const { issues } = await second.loras.scanModels();
    expect(issues.map(({ code }) => code)).toEqual(['move_ambiguous']);
    expect(issues[0]?.message).toContain(at('more/two.safetensors'));
    await allDigested(second);
    const items = await allLoras(second);
    expect(items.map(({ file_name, tags, notes }) => [file_name, tags, notes]).sort()).toEqual([
      ['one', [], ''],
      ['other', [], ''],
      ['two', [], ''],
    ]);
    await expect(metadataOf(second, at('more/one.safetensors'))).rejects.toMatchObject({ code: 'not_found' });
  });
});
