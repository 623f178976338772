import type { PageInputs, StatisticsPageInputs } from '@modelshelf/core';
import { folderOptions, type FolderOption } from './folder-options.js';
import type { Translator } from './translator.js';

/** What the templates of every page see. */
export interface PageView {
  readonly language: string;
  readonly version: string;
  readonly type_label: string;
  readonly is_initializing: boolean;
  /** True when the page is not about one model type. */
  readonly is_whole_library: boolean;
  readonly has_search: boolean;
  readonly tabs: readonly PageTab[];
  readonly statistics_tab: Omit<PageTab, 'label'>;
  /** JSON for the client script, safe inside a `<script>` element. */
  readonly page_data: string;
}

/** What the templates of a model page see besides. */
export interface ModelPageView extends PageView {
  readonly folders: readonly FolderOption[];
  readonly sort_orders: readonly string[];
}

/** A link to the page of one model type. */
export interface PageTab {
  readonly href: string;
  readonly label: string;
  readonly is_current: boolean;
}

const sortOrders = ['name_asc', 'name_desc', 'date_desc', 'date_asc', 'size_desc', 'size_asc', 'random'];
const pageSize = 60;

/** Prepares what the templates of a model page show. The same inputs always give the same view. */
export function modelPageView(inputs: PageInputs, translator: Translator): ModelPageView {
  const { prefix, settings } = inputs;
  return {
    ...commonView(inputs, translator, prefix),
    type_label: labelOf(prefix, translator),
    has_search: !inputs.is_initializing,
    folders: folderOptions(inputs.folders),
    sort_orders: sortOrders,
    page_data: scriptSafeJson({
      ...commonData(inputs, translator),
      prefix,
      pageSize,
      nameDisplay: settings.model_name_display,
    }),
  };
}

/** The same for the page of the statistics. */
export function statisticsPageView(inputs: StatisticsPageInputs, translator: Translator): PageView {
  const types = inputs.prefixes.map((prefix) => ({ prefix, label: labelOf(prefix, translator) }));
  return {
    ...commonView(inputs, translator, undefined),
    type_label: translator.translate('page.statistics'),
    has_search: false,
    page_data: scriptSafeJson({ ...commonData(inputs, translator), types }),
  };
}

function commonView(inputs: StatisticsPageInputs, translator: Translator, current: string | undefined) {
  return {
    language: translator.language,
    version: inputs.version,
    is_initializing: inputs.is_initializing,
    is_whole_library: current === undefined,
    tabs: inputs.prefixes.map((prefix) => ({
      href: `${inputs.base_path}/${encodeURIComponent(prefix)}`,
      label: labelOf(prefix, translator),
      is_current: prefix === current,
    })),
    statistics_tab: { href: `${inputs.base_path}/statistics`, is_current: current === undefined },
  };
}

function commonData(inputs: StatisticsPageInputs, translator: Translator) {
  return {
    basePath: inputs.base_path,
    isInitializing: inputs.is_initializing,
    language: translator.language,
    texts: translator.textsBelow('client.'),
  };
}

function labelOf(prefix: string, translator: Translator): string {
  return translator.has(`types.${prefix}`) ? translator.translate(`types.${prefix}`) : capitalised(prefix);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// HTML ends a script at `</script` and hides one behind `<!--`, whatever JSON says about strings.
function scriptSafeJson(value: object): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
