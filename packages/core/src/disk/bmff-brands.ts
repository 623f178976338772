/** What a file of the ISO base media family says it is. */
export interface BmffBrands {
  /** What it was written as. */
  readonly major: string;
  /** What it may be read as. */
  readonly compatible: readonly string[];
}

const MP4 = /^(?:iso[m2-9]|mp4[12]|avc1|M4V|MSNV|dash|f4v |3gp[4-9]|mmp4)/;
/** Sound only, or another format that names an MP4 brand out of courtesy. */
const NOT_A_VIDEO = /^(?:M4A|M4B|M4P|F4A|F4B|qt {2}|crx |he[iv])/;

/** The formats of the family that a preview may have. */
export const BMFF_BRANDS = {
  avif: ({ major, compatible }: BmffBrands): boolean =>
    /^avi[fs]$/.test(major) || (/^m(?:if|sf)1$/.test(major) && compatible.some((brand) => /^avi[fs]$/.test(brand))),
  mp4: ({ major, compatible }: BmffBrands): boolean =>
    !NOT_A_VIDEO.test(major) && (MP4.test(major) || compatible.some((brand) => MP4.test(brand))),
};

/** The brands of a file of the family, by its first bytes; undefined for any other file. */
export function bmffBrandsOf(head: Uint8Array): BmffBrands | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.length < 16 || bytes.toString('latin1', 4, 8) !== 'ftyp') return undefined;
  const end = Math.min(bytes.readUInt32BE(0), bytes.length);
  const compatible: string[] = [];
  // Size, `ftyp`, the major brand and its version come first.
  for (let at = 16; at + 4 <= end; at += 4) compatible.push(bytes.toString('latin1', at, at + 4));
  return { major: bytes.toString('latin1', 8, 12), compatible };
}
