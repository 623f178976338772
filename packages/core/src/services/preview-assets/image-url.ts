/**
 * The URL that is asked for in place of one that a client names: of the catalogue's own originals a small version is
 * enough. What is no URL stays as it is.
 */
export function imageUrlOf(given: string): string {
  if (!URL.canParse(given)) return given;
  const url = new URL(given);
  if (!url.hostname.endsWith('.civitai.com')) return given;
  url.pathname = url.pathname.replace('/original=true', '/width=450,optimized=true');
  return url.href;
}
