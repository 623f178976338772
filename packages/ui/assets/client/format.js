const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

/** A file size in the largest unit that keeps it at 1 or more: `1.4 GB`. */
export function formatSize(bytes, language) {
  const exponent = bytes > 0 ? Math.min(Math.floor(Math.log(bytes) / Math.log(1024)), units.length - 1) : 0;
  const value = bytes / 1024 ** exponent;
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: units[exponent],
    unitDisplay: exponent === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && exponent > 0 ? 1 : 0,
  }).format(value);
}

/** A point in time, given in seconds, as a date; nothing for what is none. */
export function formatDate(seconds, language) {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? '' : new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(date);
}

/** `1 model`, `2,345 models`. */
export function formatCount(count, language, t) {
  const form = new Intl.PluralRules(language).select(count) === 'one' ? 'count_one' : 'count_other';
  return t(form, { count: new Intl.NumberFormat(language).format(count) });
}

/** What a person reads of text that may hold markup. Nothing in it runs or loads. */
export function plainText(html) {
  const parsed = new DOMParser().parseFromString(html.replace(/<(\/p|\/li|br|\/h\d)\b[^<>]*>/gi, '$&\n'), 'text/html');
  for (const element of parsed.querySelectorAll('script, style')) element.remove();
  return parsed.body.textContent.replace(/\n{3,}/g, '\n\n').trim();
}
