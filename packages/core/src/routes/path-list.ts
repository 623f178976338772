import { z } from 'zod';
import { pathParam } from './params.js';

const MAX_PATHS = 10_000;

/** Paths or addresses in a JSON body: at least one, at most 10,000. */
export function pathList() {
  return z
    .array(pathParam(), { error: ({ input }) => (input === undefined ? 'is required' : 'expected a list of paths') })
    .min(1, 'is required')
    .max(MAX_PATHS, `has more than ${String(MAX_PATHS)} entries`);
}
