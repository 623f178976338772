import { sd15, sdxl, type DemoRow } from './demo-row.js';

/** The embeddings of the demo library. */
export const demoEmbeddings: readonly DemoRow[] = [
  [
    'negative/clean_hands',
    sd15,
    ['arches', 'rose'],
    'negative anatomy',
    { name: 'Clean Hands', creator: 'knobworks', version: 'v3', words: ['clean_hands'], favorite: true },
  ],
  [
    'negative/no_artifacts_xl',
    sdxl,
    ['facets', 'ink'],
    'negative quality',
    { name: 'No Artifacts XL', creator: 'knobworks', version: 'v1', words: ['no_artifacts_xl'] },
  ],
  [
    'negative/plain_background',
    sd15,
    ['waves', 'gold'],
    'negative background',
    { name: 'Plain Background', creator: 'silverbath', version: 'v1', words: ['plain_background'] },
  ],
  [
    'style/charcoal_dust',
    sd15,
    ['ridges', 'rose'],
    'style drawing',
    { name: 'Charcoal Dust', creator: 'harukawa', version: 'v1.1', words: ['charcoal_dust'] },
  ],
  [
    'style/sun_bleached',
    sdxl,
    ['ridges', 'sand'],
    'style photo',
    { name: 'Sun Bleached', creator: 'lowsun', version: 'v1', words: ['sun_bleached'] },
  ],
  [
    'style/blue hour',
    sd15,
    ['skyline', 'ice'],
    'style light city',
    { name: 'Blue Hour', creator: 'northfold', version: 'v2', words: ['blue_hour'] },
  ],
  [
    'style/Blütenstaub',
    sd15,
    ['bloom', 'gold'],
    'style flowers',
    { name: 'Blütenstaub', creator: 'mirelle', version: 'v1', words: ['bluetenstaub'] },
  ],
  [
    'character/old_cartographer',
    sd15,
    ['portrait', 'sand'],
    'character man',
    { name: 'Old Cartographer', creator: 'oldgaslight', version: 'v1', words: ['old_cartographer'] },
  ],
  [
    'character/glasshouse_twins',
    sdxl,
    ['bloom', 'forest'],
    'character',
    { name: 'Glasshouse Twins', creator: 'abbeylight', version: 'v1', words: ['glasshouse_twins'] },
  ],
  ['token_study_3', sd15, null, '', { hasSidecar: false }],
];
