import type { PageInputs } from '@modelshelf/core';
import { folderOptions, type FolderOption } from './folder-options.js';
import type { Translator } from './translator.js';

/** What the templates of a model page see. */
export interface PageView {
  readonly language: string;
  readonly version: string;
  readonly type_label: string;
  readonly is_initializing: boolean;
  readonly tabs: readonly PageTab[];
  readonly folders: readonly FolderOption[];
  readonly sort_orders: readonly string[];
  /** JSON for the client script, safe inside a `<script>` element. */
  readonly page_data: string;
}

/** A link to the page of one model type. */
export interface PageTab {
  readonly href: string;
  readonly label: string;
  readonly is_current: boolean;
}

const sortOrders = ['name_asc', 'name_desc', 'date_desc', 'date_asc', 'size_desc', 'size_asc', 'random'];
const pageSize = 60;

/** Prepares what the templates show. The same inputs always give the same view. */
export function pageView(inputs: PageInputs, translator: Translator): PageView {
  const labelOf = (prefix: string): string =>
    translator.has(`types.${prefix}`) ? translator.translate(`types.${prefix}`) : capitalised(prefix);

  return {
    language: translator.language,
    version: inputs.version,
    type_label: labelOf(inputs.prefix),
    is_initializing: inputs.is_initializing,
    tabs: inputs.prefixes.map((prefix) => ({
      href: `${inputs.base_path}/${encodeURIComponent(prefix)}`,
      label: labelOf(prefix),
      is_current: prefix === inputs.prefix,
    })),
    folders: folderOptions(inputs.folders),
    sort_orders: sortOrders,
    page_data: scriptSafeJson({
      prefix: inputs.prefix,
      basePath: inputs.base_path,
      isInitializing: inputs.is_initializing,
      pageSize,
      language: translator.language,
      nameDisplay: inputs.settings.model_name_display,
      texts: translator.textsBelow('client.'),
    }),
  };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// HTML ends a script at `</script` and hides one behind `<!--`, whatever JSON says about strings.
function scriptSafeJson(value: object): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
