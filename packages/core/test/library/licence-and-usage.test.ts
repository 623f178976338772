import { describe, expect, it } from 'vitest';
import { toFetchHandler } from '../../src/fetch.js';
import { safetensors, sidecar } from './temp-library.js';
import { standingFolder } from './standing-folder.js';

const TERMS = ['no-credit', 'image', 'rentcivit', 'rent', 'sell', 'derivatives', 'different-license'] as const;
const COMMERCIAL = ['Image', 'RentCivit', 'Rent', 'Sell'];
const ALL = 1 << TERMS.length;
/** Those of which the preview route is asked, which answers for models with a preview. */
const SHOWN = [0, 1, 42, 113, 127];

/** What the provider says of a licence with these bits, in the spellings that it has had. */
function providerLicence(bits: number): Record<string, unknown> {
  const uses = COMMERCIAL.filter((_, at) => (bits & (2 << at)) !== 0);
  const asText = bits % 3 === 0 ? `{${uses.join(',')}}` : uses;
  return {
    allowNoCredit: (bits & 1) !== 0,
    allowCommercialUse: asText,
    allowDerivatives: (bits & 32) !== 0,
    allowDifferentLicense: (bits & 64) !== 0,
  };
}

async function libraryOfLicences() {
  const files: Record<string, string | Buffer> = { 'loras/bare.safetensors': safetensors() };
  for (let bits = 0; bits < ALL; bits++) {
    const stem = `loras/l${String(bits)}`;
    const model = { type: 'LORA', ...providerLicence(bits) };
    files[`${stem}.safetensors`] = safetensors({ bits: String(bits) });
    files[`${stem}.metadata.json`] = sidecar({ civitai: { id: bits, modelId: bits, model } });
  }
  for (const bits of SHOWN) files[`loras/l${String(bits)}.png`] = 'picture';
  files['loras/silent.safetensors'] = safetensors();
  files['loras/silent.metadata.json'] = sidecar({ civitai: { id: 999, modelId: 999, model: { type: 'LORA' } } });
  const standing = await standingFolder(files);
  const libraryOver = async () => {
    const library = standing.open({ digests: false });
    await library.ready;
    const handle = toFetchHandler(library);
    const get = async (
      path: string,
    ): Promise<{ items: { file_name: string }[]; total_pages: number; license_flags?: number }> =>
      (await (await handle(new Request(`http://127.0.0.1${path}`))).json()) as never;
    const listed = async (query: string): Promise<string[]> => {
      const names: string[] = [];
      for (let page = 1, pages = 1; page <= pages; page++) {
        const answer = await get(`/api/lm/loras/list?page_size=100&page=${String(page)}&${query}`);
        names.push(...answer.items.map(({ file_name }) => file_name));
        pages = answer.total_pages;
      }
      return names.sort();
    };
    return { library, get, listed };
  };
  return libraryOver;
}

const withBits = (want: (bits: number) => boolean): string[] =>
  Array.from({ length: ALL }, (_, bits) => bits)
    .filter(want)
    .map((bits) => `l${String(bits)}`)
    .sort();

describe('licences', () => {
  it('P-19: every value of the provider comes back through the filters of the list route, also after a restart; unknown is a value of its own and never allowed', async () => {
    const libraryOver = await libraryOfLicences();
    for (const _ of ['cold', 'warm']) {
      const { library, get, listed } = await libraryOver();
      for (const [at, term] of TERMS.entries()) {
        const granting = withBits((bits) => (bits & (1 << at)) !== 0);
        expect([term, await listed(`license_include=${term}`)]).toEqual([term, granting]);
        const left = ['bare', 'silent', ...withBits((bits) => (bits & (1 << at)) === 0)].sort();
        expect([term, await listed(`license_exclude=${term}`)]).toEqual([term, left]);
      }
      expect(await listed('license_include=unknown')).toEqual(['bare', 'silent']);
      expect(await listed('license_exclude=unknown')).toEqual(withBits(() => true));
      expect(await listed('license_include=sell&license_exclude=no-credit')).toEqual(
        withBits((bits) => (bits & 16) !== 0 && (bits & 1) === 0),
      );
      expect(await listed('credit_required=true')).toEqual(withBits((bits) => (bits & 1) === 0));
      expect(await listed('credit_required=false')).toEqual(withBits((bits) => (bits & 1) !== 0));
      expect(await listed('allow_selling_generated_content=true')).toEqual(withBits((bits) => (bits & 2) !== 0));
      expect(await listed('allow_selling_generated_content=false')).toEqual(withBits((bits) => (bits & 2) === 0));
      for (const bits of SHOWN) {
        expect(await get(`/api/lm/loras/preview-url?name=l${String(bits)}&license_flags=1`)).toMatchObject({
          license_flags: bits,
        });
      }
      await library.close();
    }
  });
});

it('R-W11: no licence at all is neither allowed nor forbidden, and the right to sell the model is not the right to sell pictures', async () => {
  const { open } = await standingFolder({
    'loras/unknown.safetensors': safetensors(),
    'loras/sells model.safetensors': safetensors({ a: '1' }),
    'loras/sells model.metadata.json': sidecar({ civitai: { id: 1, model: { allowCommercialUse: ['Sell'] } } }),
  });
  const library = open({ digests: false });
  await library.ready;
  for (const allow_selling_generated_content of [true, false]) {
    const { items } = await library.loras.getModels({ allow_selling_generated_content });
    expect(items.map(({ file_name }) => file_name)).toEqual(allow_selling_generated_content ? [] : ['sells model']);
  }
  expect((await library.loras.getModels({ license_include: ['sell'] })).total).toBe(1);
});

describe('usage', () => {
  it('P-19: models that were used and those that never were are filters of the list route, also after a restart', async () => {
    const { open } = await standingFolder({
      'loras/used.safetensors': safetensors({ a: '1' }),
      'loras/used.metadata.json': sidecar({ sha256: '1'.repeat(64), size: 0 }),
      'loras/idle.safetensors': safetensors({ a: '2' }),
      'loras/idle.metadata.json': sidecar({ sha256: '2'.repeat(64), size: 0 }),
      'loras/nameless.safetensors': safetensors({ a: '3' }),
    });
    for (const start of [0, 1]) {
      const library = open({ digests: false });
      await library.ready;
      const handle = toFetchHandler(library);
      if (start === 0) {
        const body = JSON.stringify({ loras: ['1'.repeat(64)] });
        const headers = { 'content-type': 'application/json' };
        const request = new Request('http://127.0.0.1/api/lm/stats/usage', { method: 'POST', body, headers });
        expect((await handle(request)).status).toBe(200);
      }
      const listed = async (usage: string): Promise<unknown> => {
        const response = await handle(
          new Request(`http://127.0.0.1/api/lm/loras/list?sort_by=usage:desc&usage=${usage}`),
        );
        const answer = (await response.json()) as { items?: { file_name: string; usage_count: number }[] };
        return answer.items?.map(({ file_name, usage_count }) => [file_name, usage_count]).sort() ?? response.status;
      };
      expect(await listed('used')).toEqual([['used', 1]]);
      expect(await listed('unused')).toEqual([
        ['idle', 0],
        ['nameless', 0],
      ]);
      expect(await listed('sometimes')).toBe(400);
      await library.close();
    }
  });
});
