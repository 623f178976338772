import { expect, it } from 'vitest';
import { Slots } from '../../../src/services/preview-assets/slots.js';

it('no more run at a time than there are slots, and a failure frees its slot', async () => {
  const slots = new Slots(2);
  let running = 0;
  let most = 0;
  const work = async (index: number): Promise<number> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running--;
    if (index % 3 === 0) throw new Error('failed');
    return index;
  };
  const results = await Promise.allSettled([...Array(20).keys()].map((index) => slots.run(() => work(index))));
  expect(most).toBe(2);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(13);
  await expect(slots.run(() => work(1))).resolves.toBe(1);
});
