import { SettingsManager, type PageInputs, type StatisticsPageInputs } from '@modelshelf/core';

/** Inputs of an ordinary page, changed where a test says so. */
export function pageInputs(changes: Partial<PageInputs> & { language?: string } = {}): PageInputs {
  const { language = 'en', ...inputs } = changes;
  return {
    prefix: 'loras',
    prefixes: ['loras', 'checkpoints', 'embeddings'],
    is_initializing: false,
    folders: ['', 'styles', 'characters/anime'],
    settings: new SettingsManager({ language }).current(),
    base_path: '',
    path: '/loras',
    version: '1.2.3',
    ...inputs,
  };
}

/** Inputs of an ordinary page of the statistics, changed where a test says so. */
export function statisticsInputs(
  changes: Partial<StatisticsPageInputs> & { language?: string } = {},
): StatisticsPageInputs {
  const { language = 'en', ...inputs } = changes;
  return {
    prefixes: ['loras', 'checkpoints', 'embeddings'],
    is_initializing: false,
    settings: new SettingsManager({ language }).current(),
    base_path: '',
    path: '/statistics',
    version: '1.2.3',
    ...inputs,
  };
}

/** The data that a page hands to its script. */
export function pageDataOf(html: string): { texts: Record<string, string>; [name: string]: unknown } {
  const [, json = ''] = /<script type="application\/json" id="page-data">(.*?)<\/script>/s.exec(html) ?? [];
  return JSON.parse(json);
}
