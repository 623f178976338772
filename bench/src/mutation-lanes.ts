import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Models that are edited one after the other, while other lanes edit others. */
export interface Lane {
  /** The folder of the models. */
  readonly home: string;
  /** The folder that they are moved to. */
  readonly away: string;
  /** Models with sidecar and preview, `.safetensors`. */
  readonly stems: readonly string[];
}

/** The two that edit the same library in turns, and never the same models. */
export type Side = 'library' | 'bare';

const SIDES: readonly Side[] = ['library', 'bare'];
const FOLDERS_OF_A_SIDE = 5;
const PREVIEW = '.webp';

/** Spreads lanes over a library as `generateLibrary` writes it. */
export function lanesOf(root: string, side: Side, lanes: number): readonly Lane[] {
  const all = readdirSync(root, { withFileTypes: true })
    .filter((child) => child.isDirectory() && !child.name.startsWith('.'))
    .flatMap(({ name }) => readdirSync(join(root, name)).map((set) => join(root, name, set)));
  const sets = all.sort((a, b) => numberOf(a) - numberOf(b));
  const places = FOLDERS_OF_A_SIDE * SIDES.length;
  if (sets.length < places) throw new Error(`A library of ${String(places)} folders and more is needed.`);
  const folders = Array.from({ length: FOLDERS_OF_A_SIDE }, (_, at) => {
    const place = at * SIDES.length + SIDES.indexOf(side);
    return sets[Math.floor((place * sets.length) / places)] ?? '';
  });
  return Array.from({ length: lanes }, (_, lane) => {
    const home = folders[lane % folders.length] ?? '';
    const away = folders[(lane + 1) % folders.length] ?? '';
    const previews = readdirSync(home).filter((name) => name.endsWith(PREVIEW));
    const stems = previews.map((name) => name.slice(0, -PREVIEW.length)).sort();
    return { home, away, stems: stems.filter((_, at) => at % lanes === lane) };
  });
}

const numberOf = (set: string): number => Number(set.slice(set.lastIndexOf(' ') + 1));
