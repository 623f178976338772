/** Calls the routes of one model type. A call that fails throws an error fit to be shown. */
export function createApi(basePath, prefix, t) {
  const get = async (route, query, signal) => {
    const search = new URLSearchParams(query).toString();
    const response = await fetch(`${basePath}/api/lm/${encodeURIComponent(prefix)}/${route}?${search}`, {
      headers: { accept: 'application/json' },
      signal,
    }).catch((error) => {
      throw error.name === 'AbortError' ? error : new Error(t('offline'), { cause: error });
    });
    const body = await response.json().catch(() => ({}));
    if (!response.ok) {
      throw Object.assign(new Error(body.error || `HTTP ${response.status}`), { status: response.status });
    }
    return body;
  };

  return {
    list: (query, signal) => get('list', query, signal),
    baseModels: async () => (await get('base-models', { limit: '0' })).base_models,
    metadata: async (filePath, signal) => (await get('metadata', { file_path: filePath }, signal)).metadata,
  };
}
