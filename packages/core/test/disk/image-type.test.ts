import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageTypeOf } from '../../src/disk/image-type.js';
import { HEADS, PICTURES } from './sample-images.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

describe('the format of a preview', () => {
  it.each([
    ['.png', PICTURES.png],
    ['.jpeg', PICTURES.jpeg],
    ['.webp', PICTURES.webp],
    ['.webp', PICTURES.losslessWebp],
    ['.webp', PICTURES.extendedWebp],
    ['.gif', PICTURES.gif],
    ['.avif', PICTURES.avif],
    ['.avif', HEADS.avifByCompatibility],
    ['.avif', HEADS.avifSequence],
    ['.jxl', HEADS.jxlStream],
    ['.jxl', HEADS.jxlFile],
  ])('is %s by content', (extension, content) => {
    expect(imageTypeOf(content)).toEqual({ extension, isVideo: false });
  });

  it.each([
    ['.mp4', HEADS.mp4],
    ['.mp4', HEADS.appleMp4],
    ['.mp4', HEADS.namelessMp4],
    ['.webm', HEADS.webm],
  ])('is the video %s by content', (extension, content) => {
    expect(imageTypeOf(content)).toEqual({ extension, isVideo: true });
  });

  it.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['SVG behind a declaration', '<?xml version="1.0"?><svg/>'],
    ['HTML', '<!doctype html><script>alert(1)</script>'],
    ['HTML behind a GIF-like word', 'GIF8<script>'],
    ['JSON', '{"__metadata__":{}}'],
    ['PDF', '%PDF-1.7'],
    ['a program', '\x7fELF\x02\x01\x01'],
    ['a script', '#!/bin/sh\nexit 0'],
    ['a bitmap', 'BM\x46\0\0\0'],
    ['a TIFF', 'II*\0\x08\0\0\0'],
    ['sound in RIFF', 'RIFF\x24\0\0\0WAVEfmt '],
    ['nothing', ''],
  ])('%s has none', (_name, content) => {
    expect(imageTypeOf(Buffer.from(content, 'latin1'))).toBeUndefined();
  });

  it.each(['matroska', 'quickTime', 'heic', 'sound'] as const)('%s has none, though browsers may know it', (name) => {
    expect(imageTypeOf(HEADS[name])).toBeUndefined();
  });

  it('never throws and is never guessed from less than its signature, whatever the bytes', () => {
    const known = [...Object.values(PICTURES), ...Object.values(HEADS)];
    const cutOff = fc
      .tuple(fc.constantFrom(...known), fc.nat(64))
      .map(([content, length]) => content.subarray(0, length));
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 64 }), cutOff);
    fc.assert(
      fc.property(bytes, (content) => {
        const type = imageTypeOf(content);
        if (type !== undefined) expect(content.length).toBeGreaterThan(1);
      }),
      { numRuns: runs },
    );
  });
});
