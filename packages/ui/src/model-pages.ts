import type { PageInputs, PageRenderer, StatisticsPageInputs } from '@modelshelf/core';
import { Liquid } from 'liquidjs';
import { cspSourcesOf, type CspSources } from './csp-sources.js';
import { readPageAssets } from './page-assets.js';
import { modelPageView, statisticsPageView, type PageView } from './page-view.js';
import { registerTranslationFilter, TRANSLATOR } from './translation-filter.js';
import { Translator, type Locales } from './translator.js';

/** What a host may change about the pages. */
export interface ModelPagesOptions {
  /**
   * Texts by language and dotted key, such as `{ it: { 'types.loras': 'LoRA' } }`. They add a language or replace single
   * texts of one; what is missing is shown in English.
   */
  readonly locales?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The renderer of the pages, and what a host's Content-Security-Policy has to allow for them. */
export interface ModelPages extends PageRenderer {
  /** The same for every page, language and request. */
  readonly cspSources: CspSources;
}

/**
 * Makes the renderer of the model pages and of the page of the statistics. It reads its assets here, once, and rendering touches no file.
 *
 * Invariant: the same inputs give the same document, and nothing of one render is seen by another.
 *
 * @example
 * const library = createModelLibrary({ roots: { loras: ['./loras'] }, pages: modelPages() });
 */
export function modelPages(options: ModelPagesOptions = {}): ModelPages {
  const assets = readPageAssets();
  const locales = withHostLocales(assets.locales, options.locales ?? {});
  const environment = new Liquid({
    templates: assets.templates,
    cache: true,
    outputEscape: 'escape',
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: true,
  });

  async function render(template: string, view: PageView, translator: Translator): Promise<string> {
    registerTranslationFilter(environment);
    const scope = { ...view, styles: assets.styles, script: assets.script };
    // Globals, unlike the scope, reach the partials too.
    const html: unknown = await environment.renderFile(template, scope, { globals: { [TRANSLATOR]: translator } });
    return String(html);
  }

  return {
    cspSources: cspSourcesOf(assets),
    renderModelPage(inputs: PageInputs): Promise<string> {
      const translator = new Translator(locales, inputs.settings.language);
      return render('model-page.liquid', modelPageView(inputs, translator), translator);
    },
    renderStatisticsPage(inputs: StatisticsPageInputs): Promise<string> {
      const translator = new Translator(locales, inputs.settings.language);
      return render('statistics-page.liquid', statisticsPageView(inputs, translator), translator);
    },
  };
}

function withHostLocales(own: Locales, added: NonNullable<ModelPagesOptions['locales']>): Locales {
  const merged = new Map(own);
  for (const [language, locale] of Object.entries(added)) merged.set(language, { ...own.get(language), ...locale });
  return merged;
}
