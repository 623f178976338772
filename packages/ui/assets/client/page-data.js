/** What the server says about this page: prefix, basePath, pageSize, language, nameDisplay, isInitializing, texts. */
export function readPageData() {
  return JSON.parse(document.getElementById('page-data').textContent);
}
