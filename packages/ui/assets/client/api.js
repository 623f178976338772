/** Makes the function that all calls go through. A call that fails throws an error fit to be shown. */
function createGet(basePath, t) {
  return async (route, query, signal) => {
    const search = new URLSearchParams(query).toString();
    const response = await fetch(`${basePath}/api/lm/${route}?${search}`, {
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
}

/** Calls the routes of one model type. */
export function createApi(basePath, prefix, t) {
  const get = createGet(basePath, t);
  const type = encodeURIComponent(prefix);
  return {
    list: (query, signal) => get(`${type}/list`, query, signal),
    baseModels: async () => (await get(`${type}/base-models`, { limit: '0' })).base_models,
    metadata: async (filePath, signal) => (await get(`${type}/metadata`, { file_path: filePath }, signal)).metadata,
  };
}

/** Calls the routes of the statistics. */
export function createStatisticsApi(basePath, t) {
  const get = createGet(basePath, t);
  const dataOf = async (route) => (await get(`stats/${route}`, {})).data;
  return {
    overview: () => dataOf('collection-overview'),
    usage: () => dataOf('usage-analytics'),
    baseModels: () => dataOf('base-model-distribution'),
    tags: () => dataOf('tag-analytics'),
    storage: () => dataOf('storage-analytics'),
    insights: () => dataOf('insights'),
  };
}
