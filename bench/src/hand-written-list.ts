import type { ListItem } from '@modelshelf/core';

/** Path of the list, with a library and by hand. */
export const LIST_PATH = '/api/lm/loras/list';

/** The search of a list request as frameworks parse it. */
export type ListSearch = Readonly<Record<string, unknown>>;

/** The answer to a list request, made the way a developer writes it by hand: filter and slice over plain items. */
export function handWrittenList(items: readonly ListItem[], search: ListSearch): object {
  const page = Number(search['page'] ?? 1);
  const pageSize = Number(search['page_size'] ?? 20);
  const { folder, base_model: baseModel } = search;
  const matching = items.filter(
    (item) =>
      (folder === undefined || item.folder === folder) && (baseModel === undefined || item.base_model === baseModel),
  );
  return {
    success: true,
    items: matching.slice((page - 1) * pageSize, page * pageSize),
    total: matching.length,
    page,
    page_size: pageSize,
    total_pages: Math.ceil(matching.length / pageSize),
  };
}
