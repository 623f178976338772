import { createApi } from './api.js';
import { createDetails } from './details.js';
import { createFilters, listenForSearchKey } from './filters.js';
import { createListing } from './listing.js';
import { readPageData } from './page-data.js';
import { followProgress } from './progress.js';
import { showStatistics } from './statistics.js';
import { createTexts } from './texts.js';

function showModels(page, t) {
  const api = createApi(page.basePath, page.prefix, t);
  const details = createDetails(page, t, api);
  const filters = createFilters(() => listing.restart());
  const listing = createListing(page, t, api, filters, (item) => details.open(item));
  listenForSearchKey();
  listing.restart();
  // Without the list of base models the page works, only that filter has nothing to offer.
  api.baseModels().then(filters.offerBaseModels, () => undefined);
}

function start() {
  const page = readPageData();
  const t = createTexts(page.texts);
  if (page.isInitializing) followProgress(page, t);
  else if (page.prefix === undefined) showStatistics(page, t);
  else showModels(page, t);
}

start();
