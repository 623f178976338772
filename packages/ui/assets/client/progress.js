import { byId } from './element.js';

const pollMs = 3000;

/** Follows the scan of this page's model type, or of all where the page is about all, and loads the page again when the models are there. */
export function followProgress(page, t) {
  const bar = byId('progress-bar');
  const stage = byId('progress-stage');
  const details = byId('progress-details');
  let isChecking = false;

  // Asks for this very page: a page that lists is the one sure sign, whichever event got lost. To load it again on the
  // event alone could go round in circles, since a new listener hears the last event at once.
  const reloadWhenReady = async () => {
    if (isChecking) return;
    isChecking = true;
    try {
      const response = await fetch(location.href, { headers: { accept: 'text/html' }, cache: 'no-store' });
      const answer = new DOMParser().parseFromString(await response.text(), 'text/html');
      if (response.ok && !answer.getElementById('progress-panel')) location.reload();
    } catch {
      stage.textContent = t('offline');
    } finally {
      isChecking = false;
    }
  };

  const show = (progress) => {
    if (page.prefix !== undefined && progress.pageType !== page.prefix) return;
    bar.value = Math.max(0, Math.min(100, progress.progress));
    stage.textContent = progress.status === 'error' ? t('scan_failed') : t(`stage_${progress.stage}`);
    details.textContent = progress.details;
    if (progress.status === 'complete') reloadWhenReady();
  };

  const events = new EventSource(`${page.basePath}/api/lm/progress/events`);
  events.addEventListener('scan', (event) => show(JSON.parse(event.data)));
  setInterval(reloadWhenReady, pollMs);
  addEventListener('pagehide', () => events.close());
}
