import { paletteColours, type DemoPalette } from './demo-palettes.js';
import { COLUMNS, demoScenes, type DemoScene, type Scene } from './demo-scenes.js';
import { encodePng } from './png-encoder.js';
import { seededRandom } from './seeded-random.js';

const width = COLUMNS;
const height = 448;
// Scenes are smooth between their edges: what lies inside a cell is interpolated where its middle is what its corners say.
const cell = 4;
const largestSlope = 0.12;
const largestError = 0.006;

/** What a preview shows: a scene in the colours of a palette. */
export type DemoLook = readonly [scene: DemoScene, palette: DemoPalette];

/** Draws a preview as PNG; the same look and seed always give the same bytes. */
export async function drawDemoPicture([scene, palette]: DemoLook, seed: string): Promise<Buffer> {
  const pixels = paint(demoScenes[scene](seededRandom(seed)));
  return encodePng({ width, height, palette: paletteColours(palette), pixels });
}

function paint(scene: Scene): Uint8Array {
  const pixels = new Uint8Array(width * height);
  const corners = cornersOf(scene);
  const perRow = width / cell + 1;
  for (let y = 0; y < height; y += cell) {
    for (let x = 0; x < width; x += cell) {
      const at = (y / cell) * perRow + x / cell;
      const a = corners[at] ?? 0;
      const b = corners[at + 1] ?? 0;
      const c = corners[at + perRow] ?? 0;
      const d = corners[at + perRow + 1] ?? 0;
      const isSmooth =
        Math.max(a, b, c, d) - Math.min(a, b, c, d) < largestSlope &&
        Math.abs((a + b + c + d) / 4 - brightnessAt(scene, x + cell / 2, y + cell / 2)) < largestError;
      for (let v = 0; v < cell; v += 1) {
        const left = a + ((c - a) * v) / cell;
        const right = b + ((d - b) * v) / cell;
        for (let u = 0; u < cell; u += 1) {
          const brightness = isSmooth ? left + ((right - left) * u) / cell : brightnessAt(scene, x + u, y + v);
          pixels[(y + v) * width + x + u] = Math.min(255, Math.max(0, Math.round(brightness * 255)));
        }
      }
    }
  }
  return pixels;
}

/** The scene at every corner of the cells. */
function cornersOf(scene: Scene): Float32Array {
  const corners = new Float32Array((width / cell + 1) * (height / cell + 1));
  let at = 0;
  for (let y = 0; y <= height; y += cell) {
    for (let x = 0; x <= width; x += cell) {
      corners[at] = brightnessAt(scene, x, y);
      at += 1;
    }
  }
  return corners;
}

const brightnessAt = (scene: Scene, x: number, y: number): number => scene(x / width, y / width);
