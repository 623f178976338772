import { byId, element } from './element.js';
import { formatDate, formatSize, plainText } from './format.js';
import { modelNameOf } from './model-name.js';
import { createPicture } from './picture.js';

/** The dialog with everything about one model: at once what the list knows, then what its metadata adds. */
export function createDetails(page, t, api) {
  const dialog = byId('details');
  const more = byId('details-more');
  let running = new AbortController();

  byId('details-close').addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    running.abort();
    byId('details-picture').replaceChildren();
  });
  // A click beside the dialog lands on the dialog element itself.
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });

  const showKnown = (item) => {
    const name = modelNameOf(item, page.nameDisplay);
    byId('details-name').textContent = name;
    byId('details-byline').textContent = '';
    byId('details-picture').replaceChildren(createPicture(item, name));
    byId('details-tags').replaceChildren(...item.tags.map((tag) => element('span', { class: 'chip' }, tag)));
    byId('details-facts').replaceChildren(
      ...fact(t('base_model'), item.base_model),
      ...fact(t('type'), item.sub_type),
      ...fact(t('version'), item.civitai.name),
      ...fact(t('size'), formatSize(item.file_size, page.language)),
      ...fact(t('added'), item.modified ? formatDate(item.modified, page.language) : ''),
      ...fact(t('folder'), item.folder),
      ...fact(t('file'), item.file_path, createCopyButton(item.file_path, t)),
      ...fact(t('sha256'), item.sha256.slice(0, 10), createCopyButton(item.sha256, t)),
    );
    more.replaceChildren(...section(t('notes'), item.notes), element('p', { class: 'quiet' }, t('loading')));
  };

  const showMetadata = (item, metadata) => {
    const creator = metadata.creator?.username;
    if (creator) byId('details-byline').textContent = t('by', { creator });
    const words = Array.isArray(metadata.trainedWords) ? metadata.trainedWords.filter(Boolean) : [];
    const description = metadata.model?.description || metadata.description;
    more.replaceChildren(
      ...(words.length > 0
        ? section(t('trigger_words'), element('div', { class: 'chips' }, ...words.map((word) => createWord(word, t))))
        : []),
      ...section(t('notes'), item.notes),
      ...section(t('description'), description ? plainText(String(description)) : ''),
    );
  };

  return {
    async open(item) {
      running.abort();
      running = new AbortController();
      const { signal } = running;
      showKnown(item);
      if (!dialog.open) dialog.showModal();
      dialog.scrollTop = 0;
      try {
        const metadata = await api.metadata(item.file_path, signal);
        if (!signal.aborted) showMetadata(item, metadata);
      } catch (error) {
        if (signal.aborted) return;
        // A model without a sidecar has nothing to add: that is no failure.
        const failure = error.status === 404 ? [] : [element('p', { class: 'quiet' }, t('more_failed'))];
        more.replaceChildren(...section(t('notes'), item.notes), ...failure);
      }
    },
  };
}

function fact(label, value, action = null) {
  if (!value) return [];
  return [element('dt', {}, label), element('dd', {}, element('span', {}, value), action)];
}

function section(title, content) {
  if (!content) return [];
  return [element('h3', {}, title), typeof content === 'string' ? element('p', { class: 'prose' }, content) : content];
}

function createWord(word, t) {
  const chip = element('button', { class: 'chip word', type: 'button', title: t('copy') }, word);
  chip.addEventListener('click', () => copy(word, chip));
  return chip;
}

function createCopyButton(text, t) {
  // Browsers offer the clipboard on secure origins and on this machine only.
  if (!navigator.clipboard) return null;
  const button = element('button', { class: 'link-button', type: 'button' }, t('copy'));
  button.addEventListener('click', async () => {
    await copy(text, button);
    button.textContent = t('copied');
    setTimeout(() => (button.textContent = t('copy')), 1500);
  });
  return button;
}

async function copy(text, button) {
  await navigator.clipboard?.writeText(text);
  button.classList.add('done');
  setTimeout(() => button.classList.remove('done'), 1500);
}
