import { between, type Random } from './seeded-random.js';

/** Brightness in [0, 1] at a point: `x` in [0, 1] from the left, `y` in [0, 1.4] from the top. */
export type Scene = (x: number, y: number) => number;

/** Columns of a picture. */
export const COLUMNS = 320;

/** Strips that the stars of a sky are sorted into. */
const ROWS = 64;

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** 0 below the edge, 1 above it, and a soft step of the given width between. */
function step(edge: number, width: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - edge) / width + 0.5));
  return t * t * (3 - 2 * t);
}

const mix = (from: number, to: number, share: number): number => from + (to - from) * share;

/** A wavy line over x, as a sum of sines. */
function wave(random: Random, roughness: number): (x: number) => number {
  const parts = times(4, (i) => ({
    frequency: between(random, 1.5, 3.5) * (i + 1) ** 1.4,
    phase: between(random, 0, 6.3),
    height: roughness / (i + 1) ** 1.2,
  }));
  return (x) => parts.reduce((sum, { frequency, phase, height }) => sum + Math.sin(x * frequency + phase) * height, 0);
}

/** The line at every column of a picture that is `COLUMNS` wide: scenes ask for the same x in every row. */
function perColumn(line: (x: number) => number): (x: number) => number {
  const known = Float64Array.from({ length: COLUMNS }, (_, column) => line(column / COLUMNS));
  return (x) => known[(x * COLUMNS + 0.5) | 0] ?? 0;
}

// Math.hypot guards against overflow, at several times the cost.
const length = (x: number, y: number): number => Math.sqrt(x * x + y * y);

/** A glow that is 1 at its centre and fades with the distance. */
const glow = (far: number, sharpness: number): number => 1 / (1 + far * far * sharpness);

/** One of several hills in front of each other. */
interface Layer {
  readonly line: (x: number) => number;
  readonly top: number;
  readonly shade: number;
}

/** Draws layers over a background, each with a gradient of its own below its line. */
function layered(layers: readonly Layer[], background: Scene, shadeAt: (layer: Layer, depth: number) => number): Scene {
  const soft = 0.004;
  return (x, y) => {
    // From the front: whatever lies behind the first layer that covers the point is never seen.
    let first = layers.length - 1;
    let depth = 0;
    for (; first >= 0; first -= 1) {
      const layer = layers[first];
      if (layer === undefined) break;
      depth = y - layer.top - layer.line(x);
      if (depth > soft) break;
    }
    const covering = layers[first];
    let value = covering === undefined ? background(x, y) : shadeAt(covering, depth);
    for (let i = first + 1; i < layers.length; i += 1) {
      const layer = layers[i];
      if (layer === undefined) break;
      const edge = y - layer.top - layer.line(x);
      if (edge > -soft) value = mix(value, shadeAt(layer, edge), step(0, soft * 2, edge));
    }
    return value;
  };
}

function ridges(random: Random): Scene {
  const sun = { x: between(random, 0.25, 0.75), y: between(random, 0.3, 0.6), size: between(random, 0.1, 0.17) };
  const hills = times(5, (i) => ({
    line: perColumn(wave(random, 0.035 + i * 0.012)),
    top: 0.62 + i * 0.15,
    shade: 0.5 - i * 0.11,
  }));
  const sky: Scene = (x, y) => {
    const far = length(x - sun.x, y - sun.y);
    const value = mix(0.42, 0.78, Math.min(1, y / 0.9)) + 0.2 * glow(far, 14);
    return mix(value, 1, step(-sun.size, 0.008, -far));
  };
  return layered(hills, sky, ({ shade }, depth) => shade + Math.max(0, 0.12 - depth * 0.3));
}

function waves(random: Random): Scene {
  const bands = times(8, (i) => ({
    line: perColumn(wave(random, 0.05)),
    top: 0.12 + i * 0.17,
    shade: i % 2 === 0 ? 0.72 - i * 0.07 : 0.6 - i * 0.06,
  }));
  const sky: Scene = (_x, y) => 0.96 - y * 0.2;
  return layered(bands, sky, ({ shade }, depth) => shade + 0.24 * glow(Math.max(0, depth), 260));
}

function orbit(random: Random): Scene {
  const planet = { x: between(random, 0.35, 0.65), y: between(random, 0.55, 0.8), size: between(random, 0.22, 0.3) };
  const light = between(random, -2.6, -0.6);
  const tilt = between(random, -0.5, 0.5);
  const stars = times(70, () => ({ x: random(), y: random() * 1.4, size: between(random, 0.002, 0.007) }));
  // A star touches few rows: the others need not look at it.
  const starsByRow = times(Math.ceil(1.4 * ROWS), (row) =>
    stars.filter((star) => Math.abs(star.y * ROWS - row - 0.5) < 1),
  );
  const cos = Math.cos(tilt);
  const sin = Math.sin(tilt);
  return (x, y) => {
    const dx = x - planet.x;
    const dy = y - planet.y;
    const far = length(dx, dy);
    let value = 0.06 + 0.34 * glow(far, 6);
    if (far > planet.size) {
      for (const star of starsByRow[(y * ROWS) | 0] ?? []) {
        value += 0.8 * step(-star.size, 0.003, -length(x - star.x, y - star.y));
      }
    }
    const facing = (dx * Math.cos(light) + dy * Math.sin(light)) / planet.size;
    const stripes = 0.05 * Math.sin((dx * sin + dy * cos) * 60);
    value = mix(value, 0.44 + facing * 0.42 + stripes, step(-planet.size, 0.006, -far));
    const across = length(dx * cos - dy * sin, (dx * sin + dy * cos) * 3.6);
    const ring = step(planet.size * 1.35, 0.02, across) * step(-planet.size * 1.85, 0.02, -across);
    const isBehind = dx * sin + dy * cos < 0 && far < planet.size;
    return mix(value, 0.88, isBehind ? 0 : ring * (0.55 + 0.3 * Math.sin(across * 90)));
  };
}

function facets(random: Random): Scene {
  const points = times(26, () => ({ x: between(random, -0.1, 1.1), y: between(random, -0.1, 1.5), tone: random() }));
  return (x, y) => {
    let nearest = Infinity;
    let second = Infinity;
    let tone = 0;
    for (const point of points) {
      const far = (x - point.x) ** 2 + (y - point.y) ** 2;
      if (far < nearest) {
        second = nearest;
        nearest = far;
        tone = point.tone;
      } else if (far < second) second = far;
    }
    const edge = Math.sqrt(second) - Math.sqrt(nearest);
    return mix(0.97, mix(0.85, 0.12, y / 1.4) * 0.72 + tone * 0.26, step(0.008, 0.008, edge));
  };
}

function silk(random: Random): Scene {
  const phases = times(4, () => between(random, 0, 6.3));
  const [a = 0, b = 0, c = 0, d = 0] = phases;
  const turn = between(random, 0.6, 1.6);
  return (x, y) => {
    const u = x + 0.16 * Math.sin(y * 5 + a) + 0.07 * Math.sin(y * 11 + b);
    const v = y + 0.18 * Math.sin(u * 5.5 * turn + c);
    return 0.5 + 0.34 * Math.sin(v * 7 + u * 5 + d) + 0.14 * Math.sin(u * 17 - v * 9);
  };
}

function bloom(random: Random): Scene {
  const petals = 5 + Math.floor(random() * 4);
  const centre = { x: between(random, 0.42, 0.58), y: between(random, 0.6, 0.78) };
  const turns = times(4, () => between(random, 0, 6.3));
  return (x, y) => {
    const far = length(x - centre.x, y - centre.y);
    const angle = Math.atan2(y - centre.y, x - centre.x);
    let value = 0.1 + 0.22 * glow(far, 5);
    for (let i = 0; i < 4; i += 1) {
      const size = 0.56 - i * 0.12;
      if (far > size + 0.01) break;
      const reach = size * (0.62 + 0.38 * Math.sqrt(Math.abs(Math.cos((angle * petals) / 2 + (turns[i] ?? 0)))));
      value = mix(value, 0.34 + i * 0.13 + (far / reach) * 0.22, step(-reach, 0.007, -far));
    }
    return mix(value, 0.98, step(-0.055, 0.006, -far));
  };
}

const archTones = [0.92, 0.68, 0.46, 0.28, 0.14, 0.58, 0.8];

function arches(random: Random): Scene {
  const centre = { x: between(random, 0.3, 0.7), y: between(random, 0.85, 1.05) };
  const width = between(random, 0.07, 0.1);
  return (x, y) => {
    const far = y < centre.y ? length(x - centre.x, y - centre.y) : Math.abs(x - centre.x);
    const ring = far / width;
    const tone = archTones[Math.floor(ring) % 7] ?? 0.5;
    const next = archTones[(Math.floor(ring) + 1) % 7] ?? 0.5;
    return mix(tone, next, step(0.97, 0.06, ring % 1)) - y * 0.05;
  };
}

function portrait(random: Random): Scene {
  const light = { x: between(random, 0.3, 0.7), y: between(random, 0.35, 0.5) };
  const head = { x: between(random, 0.46, 0.54), y: 0.58 };
  const hair = between(random, 0.205, 0.25);
  const ends = between(random, 0.6, 1.05);
  const side = random() < 0.5 ? -1 : 1;
  return (x, y) => {
    const far = length(x - light.x, y - light.y);
    let value = 0.36 + 0.5 * glow(far, 4) + 0.1 * step(-0.3, 0.005, -far);
    const dx = x - head.x;
    const strand = hair * (1 + 0.05 * Math.sin(y * 18)) * (y > head.y ? 1 + (y - head.y) * 0.25 : 1);
    const cap = length(dx / strand, (y - head.y) / 0.25) - 1;
    const fall = y > head.y && y < ends ? Math.abs(dx) / strand - 1 : 1;
    value = mix(value, 0.16 + 0.05 * Math.sin(dx * 120), step(0, 0.03, -Math.min(cap, fall)));
    const neck = y > 0.68 ? Math.abs(dx) / 0.07 - 1 : 1;
    value = mix(value, 0.5 + side * dx * 1.5 - Math.max(0, y - 0.74) * 0.6, step(0, 0.04, -neck));
    const shoulders = length(dx / 0.42, (y - 1.34) / 0.38) - 1;
    value = mix(value, 0.3 - (y - 1) * 0.3 + side * dx * 0.5, step(0, 0.02, -shoulders));
    const face = length(dx / 0.145, (y - head.y - 0.02) / 0.195) - 1;
    return mix(value, 0.64 + side * dx * 1.5 - Math.max(0, y - 0.74) * 0.9, step(0, 0.03, -face));
  };
}

function skyline(random: Random): Scene {
  const moon = { x: between(random, 0.2, 0.8), y: between(random, 0.2, 0.4), size: between(random, 0.06, 0.11) };
  const rows = times(3, (row) => {
    const count = 7 + row * 2;
    const heights = times(count, () => between(random, 0.5, 0.92) + row * 0.17);
    return { count, heights, shade: 0.34 - row * 0.13, seed: between(random, 1, 99) };
  });
  return (x, y) => {
    const far = length(x - moon.x, y - moon.y);
    let value = mix(0.3, 0.72, y / 1.2) + 0.25 * glow(far, 20);
    value = mix(value, 0.98, step(-moon.size, 0.006, -far));
    for (const { count, heights, shade, seed } of rows) {
      const house = Math.floor(x * count);
      const top = heights[house] ?? 1;
      if (y < top) continue;
      const across = (x * count - house) * 5;
      const down = (y - top) * 34;
      const isPane = across % 1 > 0.3 && across % 1 < 0.75 && down % 1 > 0.3 && down % 1 < 0.75;
      const isLit = isPane && Math.sin((house * 31 + Math.floor(across) * 17 + Math.floor(down) * 7.3) * seed) > 0.35;
      value = isLit ? 0.86 : shade;
    }
    return value;
  };
}

/** Every kind of picture, by name. */
export const demoScenes = { ridges, waves, orbit, facets, silk, bloom, arches, portrait, skyline } as const;
export type DemoScene = keyof typeof demoScenes;
