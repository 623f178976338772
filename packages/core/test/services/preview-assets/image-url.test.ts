import { expect, it } from 'vitest';
import { imageUrlOf } from '../../../src/services/preview-assets/image-url.js';

it.each([
  [
    'https://image.civitai.com/a/b/original=true/c.jpeg',
    'https://image.civitai.com/a/b/width=450,optimized=true/c.jpeg',
  ],
  [
    'https://image.civitai.com/original=true/original=true/c.jpeg?x=1',
    'https://image.civitai.com/width=450,optimized=true/original=true/c.jpeg?x=1',
  ],
  ['https://image.civitai.com/a/width=100/c.jpeg', 'https://image.civitai.com/a/width=100/c.jpeg'],
  ['https://civitai.com/a/original=true/c.jpeg', 'https://civitai.com/a/original=true/c.jpeg'],
  ['https://image.civitai.com.evil.example/original=true/c', 'https://image.civitai.com.evil.example/original=true/c'],
  ['https://notcivitai.com/original=true/c', 'https://notcivitai.com/original=true/c'],
  ['no url', 'no url'],
])('%s is asked for as %s', (given, asked) => {
  expect(imageUrlOf(given)).toBe(asked);
});
