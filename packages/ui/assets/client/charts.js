import { element } from './element.js';

/**
 * A list of horizontal bars. Each row is `{ label, hint, text, parts }`, its parts `{ kind, value }`; the longest bar
 * fills the width.
 */
export function createBars(rows) {
  const sumOf = ({ parts }) => parts.reduce((sum, { value }) => sum + value, 0);
  const longest = Math.max(1, ...rows.map(sumOf));
  return element(
    'ul',
    { class: 'bars' },
    ...rows.map((row) =>
      element(
        'li',
        { class: 'bar-row' },
        element('span', { class: 'bar-label', title: row.hint ?? row.label }, row.label),
        element('span', { class: 'bar-text' }, row.text),
        createBar(row.parts, longest),
      ),
    ),
  );
}

function createBar(parts, longest) {
  const bar = element('span', { class: 'bar', 'aria-hidden': 'true' });
  for (const { kind, value } of parts.filter((part) => part.value > 0)) {
    const piece = element('span', { class: `bar-part ${kind}` });
    // By script and not as an attribute: a policy that allows our style sheet only lets this pass.
    piece.style.width = `${(value / longest) * 100}%`;
    bar.append(piece);
  }
  return bar;
}

const columnWidth = 10;
const chartHeight = 60;

/** Days as columns. Each day is `{ hint, parts }`; `summary` says what the picture shows. */
export function createColumns(days, summary) {
  const highest = Math.max(1, ...days.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0)));
  const chart = svg('svg', {
    class: 'columns',
    viewBox: `0 0 ${days.length * columnWidth} ${chartHeight}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': summary,
  });
  days.forEach(({ hint, parts }, index) => {
    const day = svg('g', { class: 'column' });
    const title = svg('title', {});
    title.textContent = hint;
    const left = index * columnWidth;
    day.append(title, svg('rect', { class: 'ground', x: left, y: 0, width: columnWidth, height: chartHeight }));
    let top = chartHeight;
    for (const { kind, value } of parts) {
      const height = (value / highest) * chartHeight;
      top -= height;
      day.append(svg('rect', { class: kind, x: left + 1, y: top, width: columnWidth - 2, height }));
    }
    chart.append(day);
  });
  return chart;
}

/** What the colours of a chart mean. */
export function createLegend(kinds) {
  return element(
    'ul',
    { class: 'legend' },
    ...kinds.map(({ kind, label }) => element('li', { class: `legend-item ${kind}` }, label)),
  );
}

function svg(name, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
