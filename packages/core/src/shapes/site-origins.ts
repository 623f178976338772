import { z } from 'zod';

const originOf = (fallback: string) =>
  z
    .url({ protocol: /^https?$/, error: 'expected an http or https origin' })
    .transform((url) => new URL(url).origin)
    .default(fallback);

/** Where remote catalogues live: origins, to which providers append their own paths. */
export const siteOriginsSchema = z.strictObject({
  civitai: originOf('https://civitai.com'),
  civarchive: originOf('https://civarchive.com'),
  huggingface: originOf('https://huggingface.co'),
});

export type SiteOrigins = z.output<typeof siteOriginsSchema>;
