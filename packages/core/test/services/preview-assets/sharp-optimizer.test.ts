import { describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../src/ports/logger.js';
import { defaultImageOptimizer, sharpOptimizer } from '../../../src/services/preview-assets/sharp-optimizer.js';

const input = { data: Buffer.from('in'), extension: '.png' };

/** Notes what it is told to do, as sharp is told it. */
function fakeSharp() {
  const told: unknown[] = [];
  const image = {
    rotate: () => (told.push('rotate'), image),
    resize: (options: object) => (told.push(['resize', options]), image),
    webp: (options: object) => (told.push(['webp', options]), image),
    timeout: (options: object) => (told.push(['timeout', options]), image),
    toBuffer: async () => Buffer.from('out'),
  };
  const format = {
    png: { input: { buffer: true } },
    jxl: { input: { buffer: false } },
    heif: { input: { buffer: true } },
  };
  const sharp = Object.assign((data: Uint8Array, options: object) => (told.push(['sharp', data, options]), image), {
    format,
  });
  return { sharp, told };
}

describe('the default optimiser', () => {
  it('makes WebP pictures of at most 480 pixels width and bounds what it decodes', async () => {
    const { sharp, told } = fakeSharp();
    await expect(sharpOptimizer(sharp).optimise(input)).resolves.toEqual({
      data: Buffer.from('out'),
      extension: '.webp',
    });
    expect(told).toEqual([
      ['sharp', input.data, { limitInputPixels: 100_000_000, failOn: 'error' }],
      'rotate',
      ['resize', { width: 480, height: 16_383, fit: 'inside', withoutEnlargement: true }],
      ['webp', { quality: 85 }],
      ['timeout', { seconds: 30 }],
    ]);
  });

  it('stores as it is what sharp cannot read', async () => {
    const { sharp } = fakeSharp();
    const picture = { ...input, extension: '.jxl' };
    await expect(sharpOptimizer(sharp).optimise(picture)).resolves.toBe(picture);
    await expect(sharpOptimizer(sharp).optimise({ ...input, extension: '.avif' })).resolves.toMatchObject({
      extension: '.webp',
    });
  });

  it.each(['module', 'default export'])('takes sharp when it is installed (%s)', async (form) => {
    const { sharp } = fakeSharp();
    const load = vi.fn(async () => (form === 'module' ? sharp : { default: sharp }));
    const optimizer = defaultImageOptimizer(silentLogger, load);
    expect(load).not.toHaveBeenCalled();
    await expect(optimizer.optimise(input)).resolves.toMatchObject({ extension: '.webp' });
    await optimizer.optimise(input);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('stores pictures as they are when it is not', async () => {
    const warn = vi.fn();
    const missing = Object.assign(new Error('x'), { code: 'ERR_MODULE_NOT_FOUND' });
    const optimizer = defaultImageOptimizer({ ...silentLogger, warn }, () => Promise.reject(missing));
    await expect(optimizer.optimise(input)).resolves.toBe(input);
    expect(warn).not.toHaveBeenCalled();
  });

  it('says so when it is installed and does not load', async () => {
    const warn = vi.fn();
    const optimizer = defaultImageOptimizer({ ...silentLogger, warn }, () => Promise.reject(new Error('no binary')));
    await expect(optimizer.optimise(input)).resolves.toBe(input);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('looks for sharp itself when nobody says how', async () => {
    await expect(defaultImageOptimizer(silentLogger).optimise({ ...input, extension: '.jxl' })).resolves.toMatchObject({
      extension: '.jxl',
    });
  });
});
