/**
 * What the server says about this page: basePath, language, isInitializing, texts; on the page of a model type prefix,
 * pageSize and nameDisplay as well, and on that of the statistics types.
 */
export function readPageData() {
  return JSON.parse(document.getElementById('page-data').textContent);
}
