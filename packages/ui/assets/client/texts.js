/** Makes the lookup of the page's texts: `t('by', { creator: 'ada' })`. An unknown key answers itself. */
export function createTexts(texts) {
  return (key, params = {}) =>
    (Object.hasOwn(texts, key) ? texts[key] : key).replace(/\{(\w+)\}/g, (placeholder, name) =>
      Object.hasOwn(params, name) ? String(params[name]) : placeholder,
    );
}
