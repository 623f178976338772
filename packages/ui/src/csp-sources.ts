import { createHash } from 'node:crypto';
import type { PageAssets } from './page-assets.js';

/** Sources for a Content-Security-Policy, quotes included. */
export interface CspSources {
  /** For `script-src`. */
  readonly script: string;
  /** For `style-src`. */
  readonly style: string;
}

/** The sources that allow exactly the script and the styles that stand inside every page. */
export function cspSourcesOf({ script, styles }: Pick<PageAssets, 'script' | 'styles'>): CspSources {
  return { script: sourceOf(script), style: sourceOf(styles) };
}

function sourceOf(text: string): string {
  // Browsers hash what the parser made of the document, and it knows one kind of line break.
  const parsed = text.replaceAll(/\r\n?/g, '\n');
  return `'sha256-${createHash('sha256').update(parsed).digest('base64')}'`;
}
