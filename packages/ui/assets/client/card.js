import { element } from './element.js';
import { formatSize } from './format.js';
import { modelNameOf } from './model-name.js';
import { createPicture } from './picture.js';

const shownTags = 3;

/** The card of one model in the grid; `onOpen` hears when a person wants to see more. */
export function createCard(item, page, t, onOpen) {
  const name = modelNameOf(item, page.nameDisplay);
  const tags = item.tags.slice(0, shownTags);
  const facts = [formatSize(item.file_size, page.language), ...tags].join(' · ');
  return element(
    'li',
    { class: 'card' },
    element(
      'button',
      { class: 'card-button', type: 'button', title: name, onclick: () => onOpen(item) },
      createPicture(item, name),
      element(
        'span',
        { class: 'card-badges' },
        isKnown(item.base_model) ? element('span', { class: 'badge' }, item.base_model) : null,
        item.favorite ? element('span', { class: 'badge favorite', title: t('favorite') }, '♥') : null,
      ),
      element(
        'span',
        { class: 'card-text' },
        element('span', { class: 'card-name' }, name),
        element('span', { class: 'card-facts' }, facts),
      ),
    ),
  );
}

// What a scan writes when neither sidecar nor header says it.
const isKnown = (baseModel) => baseModel !== '' && baseModel !== 'Unknown';

/** A card that stands where a model is still being loaded. */
export function createPlaceholderCard() {
  return element('li', { class: 'card placeholder', 'aria-hidden': 'true' });
}
