const stops = {
  dusk: ['#160d2e', '#4b1d6b', '#b2355f', '#f0814b', '#ffd99a'],
  ocean: ['#04121f', '#0b3954', '#1f7a8c', '#7cc6c3', '#eef7ee'],
  forest: ['#0a1810', '#1e4230', '#4d7c4a', '#a9c46c', '#f6f2c8'],
  ember: ['#140a08', '#4a130c', '#a32c10', '#ee7d1b', '#ffe3a3'],
  ink: ['#0f1115', '#2b303a', '#66707e', '#b3bbc4', '#f6f4ee'],
  candy: ['#2a1140', '#7a2e8e', '#e3528d', '#ff9a9e', '#fff0d9'],
  mint: ['#06251f', '#0f5c4d', '#2fa084', '#96e0bd', '#fdfff0'],
  neon: ['#08041c', '#2b0b6b', '#7a1cff', '#ff2e9a', '#8af6ff'],
  sand: ['#2b1b12', '#6b4226', '#b9824a', '#e8c48a', '#fff6e0'],
  ice: ['#0a1230', '#23408e', '#5a86d6', '#a9cdf5', '#ffffff'],
  rose: ['#230a18', '#611a3a', '#b4416a', '#ee9cae', '#fff0ee'],
  gold: ['#120d05', '#43310d', '#8f6a17', '#d9ae44', '#fff3c4'],
} as const;

/** Name of a range of colours from dark to light. */
export type DemoPalette = keyof typeof stops;

/** The 256 colours of a palette, three bytes each. */
export function paletteColours(name: DemoPalette): Uint8Array {
  const colours = stops[name].map((hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));
  const bytes = new Uint8Array(256 * 3);
  for (let index = 0; index < 256; index += 1) {
    const position = (index / 255) * (colours.length - 1);
    const left = colours[Math.floor(position)] ?? [];
    const right = colours[Math.ceil(position)] ?? [];
    for (let channel = 0; channel < 3; channel += 1) {
      const from = left[channel] ?? 0;
      bytes[index * 3 + channel] = Math.round(from + ((right[channel] ?? 0) - from) * (position % 1));
    }
  }
  return bytes;
}
