import { createStatisticsApi } from './api.js';
import { createBars, createColumns, createLegend } from './charts.js';
import { byId, element } from './element.js';
import { formatSize } from './format.js';
import { baseModelRows, kindOf, largestRows, usedRows } from './statistics-rows.js';

const shownRows = 10;
const shownTagRows = 24;

/** What the server calls an insight, to the text that says it. */
const insightTexts = {
  'insights.unusedLoras.high': 'insight_unused_loras',
  'insights.unusedCheckpoints.detected': 'insight_unused_checkpoints',
  'insights.unusedEmbeddings.high': 'insight_unused_embeddings',
  'insights.collection.large': 'insight_large',
  'insights.activity.active': 'insight_active',
};

/** Fetches the statistics and draws them. */
export function showStatistics(page, t) {
  const api = createStatisticsApi(page.basePath, t);
  const draw = createDrawing(page, t);
  const board = byId('statistics');
  const failed = byId('failed');

  const load = async () => {
    failed.hidden = true;
    board.hidden = false;
    board.setAttribute('aria-busy', 'true');
    try {
      const [overview, usage, baseModels, tags, storage, { insights }] = await Promise.all([
        api.overview(),
        api.usage(),
        api.baseModels(),
        api.tags(),
        api.storage(),
        api.insights(),
      ]);
      board.hidden = overview.total_models === 0;
      byId('empty').hidden = !board.hidden;
      draw.counters(overview);
      draw.insights(insights);
      draw.timeline(usage.usage_timeline);
      draw.baseModels(baseModels);
      draw.tags(tags.top_tags);
      draw.used(usage);
      draw.largest(storage);
    } catch (error) {
      board.hidden = true;
      failed.hidden = false;
      byId('failed-reason').textContent = error.message;
    }
    board.setAttribute('aria-busy', 'false');
  };

  byId('retry').addEventListener('click', load);
  load();
}

function createDrawing(page, t) {
  const number = (value) => new Intl.NumberFormat(page.language).format(value);
  const size = (bytes) => formatSize(bytes, page.language);
  // A date without a time means midnight UTC.
  const day = (date) =>
    new Intl.DateTimeFormat(page.language, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(date));
  const labelOf = (prefix) => page.types.find((type) => type.prefix === prefix)?.label ?? prefix;
  const kinds = ['loras', 'checkpoints', 'embeddings'].map((prefix) => ({
    kind: kindOf(prefix),
    label: labelOf(prefix),
  }));
  const nothing = (key) => element('p', { class: 'quiet' }, t(key));
  const bar = ({ kind, name, folder }, value, text) => ({
    label: name,
    hint: folder === '' ? name : `${folder}/${name}`,
    text,
    parts: [{ kind, value }],
  });

  return {
    counters(overview) {
      const typeCounter = (name, prefix) => {
        const [count, unused] = [overview[`${name}_count`], overview[`unused_${prefix}`]];
        const facts = [size(overview[`${name}_size`])];
        if (unused > 0 && overview.total_generations > 0) facts.push(t('unused', { count: number(unused) }));
        return createCounter(number(count), labelOf(prefix), facts.join(' · '));
      };
      byId('counters').replaceChildren(
        createCounter(number(overview.total_models), t('models'), size(overview.total_size)),
        typeCounter('lora', 'loras'),
        typeCounter('checkpoint', 'checkpoints'),
        typeCounter('embedding', 'embeddings'),
        createCounter(number(overview.total_generations), t('generations'), ''),
      );
    },

    insights(insights) {
      // A newer server may know insights that this page has no words for.
      const known = insights.filter(({ key }) => Object.hasOwn(insightTexts, key));
      byId('insights').replaceChildren(
        ...known.map(({ type, key, params }) =>
          element('li', { class: `insight ${type}` }, t(insightTexts[key], params)),
        ),
      );
    },

    timeline(days) {
      const total = days.reduce((sum, { total_usage: uses }) => sum + uses, 0);
      if (total === 0) return byId('timeline').replaceChildren(nothing('no_use'));
      const busiest = days.reduce((best, each) => (each.total_usage > best.total_usage ? each : best));
      const summary = t('timeline_summary', {
        total: number(total),
        date: day(busiest.date),
        count: number(busiest.total_usage),
      });
      const columns = days.map((each) => ({
        hint: `${day(each.date)}: ${number(each.total_usage)}`,
        parts: [
          { kind: kindOf('loras'), value: each.lora_usage },
          { kind: kindOf('checkpoints'), value: each.checkpoint_usage },
          { kind: kindOf('embeddings'), value: each.embedding_usage },
        ],
      }));
      return byId('timeline').replaceChildren(
        createColumns(columns, summary),
        element(
          'p',
          { class: 'axis', 'aria-hidden': 'true' },
          element('span', {}, day(days[0].date)),
          element('span', {}, day(days.at(-1).date)),
        ),
        createLegend(kinds),
        element('p', { class: 'quiet' }, summary),
      );
    },

    baseModels(distribution) {
      const rows = baseModelRows(distribution, shownRows, t('others'));
      const shown = rows.map((row) => ({ ...row, text: number(row.count) }));
      byId('base-models').replaceChildren(createBars(shown), createLegend(kinds));
    },

    tags(tags) {
      const chips = tags
        .slice(0, shownTagRows)
        .map(({ tag, count }) =>
          element('li', { class: 'tag-chip' }, tag, element('span', { class: 'tag-count' }, number(count))),
        );
      byId('tags').replaceChildren(
        chips.length === 0 ? nothing('no_tags') : element('ul', { class: 'tag-chips' }, ...chips),
      );
    },

    used(usage) {
      const rows = usedRows(usage, shownRows);
      const bars = rows.map((model) => bar(model, model.usage_count, number(model.usage_count)));
      byId('used').replaceChildren(bars.length === 0 ? nothing('no_use') : createBars(bars));
    },

    largest(storage) {
      const rows = largestRows(storage, shownRows);
      byId('largest').replaceChildren(createBars(rows.map((model) => bar(model, model.size, size(model.size)))));
    },
  };
}

function createCounter(value, label, fact) {
  return element(
    'li',
    { class: 'counter' },
    element('span', { class: 'counter-label' }, label),
    element('strong', { class: 'counter-value' }, value),
    element('span', { class: 'counter-fact' }, fact),
  );
}
