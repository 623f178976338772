import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageStructureOf } from '../../src/disk/image-structure.js';
import { imageTypeOf } from '../../src/disk/image-type.js';
import { HEADS, PICTURES } from './sample-images.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

const structureOf = (content: Uint8Array) => {
  const type = imageTypeOf(content);
  return type === undefined ? 'no picture' : imageStructureOf(type, content);
};

describe('what a picture says of itself', () => {
  const { avif, ...readable } = PICTURES;

  it.each(Object.entries(readable))('is its size: %s', (_name, content) => {
    expect(structureOf(content)).toEqual({ width: 3, height: 2 });
  });

  it('is the same with bytes behind the end, as cameras append them', () => {
    expect(structureOf(Buffer.concat([PICTURES.jpeg, Buffer.alloc(100, 7)]))).toEqual({ width: 3, height: 2 });
    expect(structureOf(Buffer.concat([PICTURES.png, Buffer.alloc(100, 7)]))).toEqual({ width: 3, height: 2 });
  });

  it.each(['png', 'jpeg', 'webp'] as const)('is nothing when a %s is cut off anywhere', (name) => {
    const whole = PICTURES[name];
    for (let length = 12; length < whole.length; length++) {
      expect(structureOf(whole.subarray(0, length)), `${length} bytes`).toBe('broken');
    }
  });

  it('is nothing for a picture without pixels', () => {
    const empty = Buffer.from(PICTURES.png);
    empty.writeUInt32BE(0, 16);
    expect(structureOf(empty)).toBe('broken');
  });

  it('is not looked for in other formats', () => {
    for (const content of [avif, HEADS.jxlFile, HEADS.mp4, HEADS.webm]) expect(structureOf(content)).toBeUndefined();
  });

  it('never throws and always ends, whatever the bytes', () => {
    const starts = Object.values(readable).map((content) => content.subarray(0, 24));
    const made = fc.tuple(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }));
    fc.assert(
      fc.property(made, ([start, rest]) => {
        structureOf(Buffer.concat([start, rest]));
      }),
      { numRuns: runs },
    );
  });
});
