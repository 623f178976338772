import { createCard, createPlaceholderCard } from './card.js';
import { byId } from './element.js';
import { formatCount } from './format.js';

const placeholders = 12;

/** The grid: loads page after page while the end of it is near the screen. */
export function createListing(page, t, api, filters, onOpen) {
  const grid = byId('grid');
  const empty = byId('empty');
  const failed = byId('failed');
  const sentinel = byId('sentinel');
  let running = new AbortController();
  let nextPage = 1;
  let totalPages = 1;
  let isLoading = false;
  let isNearEnd = false;

  const showPlaceholders = (count) => grid.append(...Array.from({ length: count }, createPlaceholderCard));
  const dropPlaceholders = () => grid.querySelectorAll('.placeholder').forEach((card) => card.remove());

  const setLoading = (loading) => {
    isLoading = loading;
    grid.setAttribute('aria-busy', String(loading));
    if (loading) showPlaceholders(placeholders);
    else dropPlaceholders();
  };

  const showCount = (total) => {
    byId('count').value = formatCount(total, page.language, t);
    empty.hidden = total > 0;
    byId('empty-title').textContent = t(filters.isFiltered() ? 'no_match_title' : 'empty_title');
    byId('empty-hint').textContent = t(filters.isFiltered() ? 'no_match_hint' : 'empty_hint');
  };

  const showFailure = (error) => {
    failed.hidden = false;
    if (nextPage === 1) byId('count').value = '';
    byId('failed-reason').textContent = error.message;
  };

  const loadNext = async () => {
    if (isLoading || nextPage > totalPages || !failed.hidden) return;
    const { signal } = running;
    const position = [
      ['page', String(nextPage)],
      ['page_size', String(page.pageSize)],
    ];
    setLoading(true);
    try {
      const answer = await api.list([...filters.query(), ...position], signal);
      if (signal.aborted) return;
      setLoading(false);
      grid.append(...answer.items.map((item) => createCard(item, page, t, onOpen)));
      showCount(answer.total);
      totalPages = answer.total_pages;
      nextPage += 1;
    } catch (error) {
      // A newer search took over, and what is on the screen is its business.
      if (signal.aborted) return;
      setLoading(false);
      showFailure(error);
      return;
    }
    // The observer only tells of changes; a short page may leave the end on the screen.
    requestAnimationFrame(() => isNearEnd && loadNext());
  };

  const restart = () => {
    running.abort();
    running = new AbortController();
    nextPage = 1;
    totalPages = 1;
    isLoading = false;
    empty.hidden = true;
    failed.hidden = true;
    grid.replaceChildren();
    loadNext();
  };

  byId('retry').addEventListener('click', () => {
    failed.hidden = true;
    loadNext();
  });
  new IntersectionObserver(
    (entries) => {
      isNearEnd = entries.at(-1).isIntersecting;
      if (isNearEnd) loadNext();
    },
    { rootMargin: '900px' },
  ).observe(sentinel);

  return { restart };
}
