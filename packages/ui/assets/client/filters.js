import { byId, element } from './element.js';

const typingPauseMs = 180;

/**
 * The search box and the filters. They follow the address of the page, so that a reload or a bookmark shows the same
 * models; `onChange` hears of every change.
 */
export function createFilters(onChange) {
  const search = byId('search');
  const folder = byId('folder');
  const baseModel = byId('base-model');
  const sort = byId('sort');
  const favorites = byId('favorites');
  const clear = byId('clear-filters');
  const selects = { folder, base_model: baseModel, sort };
  let seed = '';
  let typing;

  const isOn = (toggle) => toggle.getAttribute('aria-pressed') === 'true';
  const press = (toggle, on) => toggle.setAttribute('aria-pressed', String(on));
  const isFiltered = () => search.value !== '' || folder.value !== '' || baseModel.value !== '' || isOn(favorites);

  const state = () => ({
    search: search.value,
    folder: folder.value,
    base_model: baseModel.value,
    sort: sort.value === sort.options[0].value ? '' : sort.value,
    seed: sort.value === 'random' ? seed : '',
    favorites: isOn(favorites) ? 'true' : '',
  });

  const changed = () => {
    clearTimeout(typing);
    const used = Object.entries(state()).filter(([, value]) => value !== '');
    const address = new URLSearchParams(used).toString();
    history.replaceState(null, '', address === '' ? location.pathname : `?${address}`);
    clear.hidden = !isFiltered();
    onChange();
  };

  // A value from the address may name a base model that is not in the list yet, or a folder that is gone.
  const choose = (select, value) => {
    if (![...select.options].some((option) => option.value === value)) {
      select.append(element('option', { value }, value));
    }
    select.value = value;
  };

  const given = new URLSearchParams(location.search);
  search.value = given.get('search') ?? '';
  seed = given.get('seed') ?? '';
  press(favorites, given.get('favorites') === 'true');
  for (const [name, select] of Object.entries(selects)) if (given.has(name)) choose(select, given.get(name));
  clear.hidden = !isFiltered();

  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(changed, typingPauseMs);
  });
  for (const select of Object.values(selects)) {
    select.addEventListener('change', () => {
      if (select === sort) seed = Math.random().toString(36).slice(2, 8);
      changed();
    });
  }
  favorites.addEventListener('click', () => {
    press(favorites, !isOn(favorites));
    changed();
  });
  clear.addEventListener('click', () => {
    search.value = folder.value = baseModel.value = '';
    press(favorites, false);
    changed();
    search.focus();
  });

  return {
    isFiltered,
    /** The filters as parameters of the list route. */
    query() {
      const { favorites: onlyFavorites, ...chosen } = state();
      return [
        ['sort_by', sort.value === 'random' ? `random:${seed || 'shelf'}` : sort.value.replace('_', ':')],
        ...(chosen.search
          ? [
              ['search', chosen.search],
              ['search_tags', 'true'],
              ['search_creator', 'true'],
            ]
          : []),
        ...(chosen.folder === '/'
          ? [
              ['folder', ''],
              ['recursive', 'false'],
            ]
          : []),
        ...(chosen.folder !== '' && chosen.folder !== '/' ? [['folder', chosen.folder]] : []),
        ...(chosen.base_model ? [['base_model', chosen.base_model]] : []),
        ...(onlyFavorites ? [['favorites_only', 'true']] : []),
      ];
    },
    /** Fills the list of base models, keeping what is chosen. */
    offerBaseModels(baseModels) {
      const chosen = baseModel.value;
      baseModel.replaceChildren(
        baseModel.options[0],
        ...baseModels.map(({ name, count }) => element('option', { value: name }, `${name} (${count})`)),
      );
      choose(baseModel, chosen);
    },
  };
}

/** `/` moves to the search box from anywhere but another field; Escape leaves it. */
export function listenForSearchKey() {
  const search = byId('search');
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && event.target === search) search.blur();
    const isTyping = event.target.closest?.('input, textarea, select, [contenteditable]');
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
    if (document.querySelector('dialog[open]')) return;
    event.preventDefault();
    search.focus();
    search.select();
  });
}
