import type { ScanIssue, ScannedModel } from '../../shapes/scan.js';
import type { Ambiguity } from './match-moves.js';

const NAMES_TOLD = 10;

/** What is told of files that cannot be told apart. */
export function ambiguousMove({ olds, news }: Ambiguity<{ readonly path: string }, ScannedModel>): ScanIssue {
  const paths = news.map(({ entry }) => entry.file_path);
  const before = listed(olds.map(({ path }) => path));
  const message = `The same file was known as ${before} and is found as ${listed(paths)}; nothing was taken over.`;
  return { code: 'move_ambiguous', path: paths[0] ?? '', message };
}

function listed(paths: readonly string[]): string {
  const told = paths.slice(0, NAMES_TOLD).join(', ');
  return paths.length > NAMES_TOLD ? `${told} and ${String(paths.length - NAMES_TOLD)} more` : told;
}
