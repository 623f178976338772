const encodeAll = (text: string): string =>
  encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd')).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** Path of the preview route, below whatever the library is mounted under. */
const PREVIEW_ROUTE = '/api/lm/previews';

/**
 * The URL under which a preview file is served: every reserved character of its path is percent-encoded, so that the
 * URL works verbatim; an empty path gives an empty URL.
 */
export function previewUrlOf(previewPath: string, basePath: string): string {
  return previewPath === '' ? '' : `${basePath}${PREVIEW_ROUTE}?path=${encodeAll(previewPath)}`;
}
