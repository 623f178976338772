const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');

/** A box of the ISO base media family. */
const fileTypeBox = (major: string, ...compatible: string[]): Buffer => {
  const brands = Buffer.from(`ftyp${major}\0\0\0\0${compatible.join('')}`, 'latin1');
  const size = Buffer.alloc(4);
  size.writeUInt32BE(brands.length + 4);
  return Buffer.concat([size, brands, Buffer.from('\0\0\0\x08mdat', 'latin1')]);
};

/** The header of an EBML file of a document type, and a little of what follows. */
const ebml = (docType: string): Buffer => {
  const text = Buffer.from(docType, 'latin1');
  const content = Buffer.concat([Buffer.from([0x42, 0x86, 0x81, 1, 0x42, 0x82, 0x80 | text.length]), text]);
  return Buffer.concat([Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x80 | content.length]), content, Buffer.alloc(40, 1)]);
};

/** Real pictures of 3 x 2 pixels. */
export const PICTURES = {
  png: bytes(
    'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAEElEQVQImWMwTpsJQQxwFgBFaActajB43AAAAABJRU5ErkJggg==',
  ),
  jpeg: bytes(
    '/9j/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H////6/+b9//j/2wBDASstLTw1PHZBQXb4pYyl+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj/wAARCAACAAMDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAA//EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AIAGC//Z',
  ),
  webp: bytes('UklGRjAAAABXRUJQVlA4ICQAAABwAQCdASoDAAIABUB8JaACdAFAAAD+4cNztWx+Fbqqnr5TAAA='),
  losslessWebp: bytes('UklGRh4AAABXRUJQVlA4TBEAAAAvAkAAAAdQs840s/+BiOh/AAA='),
  extendedWebp: bytes(
    'UklGRlYAAABXRUJQVlA4WAoAAAAQAAAAAgAAAQAAQUxQSAcAAAAAgICAgICAAFZQOCAoAAAAkAEAnQEqAwACAAVAfCWgAnS6AAOYAP6uF/G83mtnH/8K1nrdGiIAAA==',
  ),
  gif: bytes('R0lGODlhAwACAIAAAExpcTNmmSH5BAUAAAAALAAAAAADAAIAAAICjF8AOw=='),
  avif: bytes(
    'AAAAHGZ0eXBhdmlmAAAAAG1pZjFhdmlmbWlhZgAAANZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAAA+gABAAAAAAAAACAAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABhdjAxAAAAAA5waXRtAAAAAAABAAAAVmlwcnAAAAA4aXBjbwAAAAxhdjFDgSACAAAAABRpc3BlAAAAAAAAAAMAAAACAAAAEHBpeGkAAAAAAwgICAAAABZpcG1hAAAAAAAAAAEAAQOBAgMAAAAobWRhdBIACgg4BCtICGg0gDISHYJixOAAFgAAkDWOPGdd6Rso',
  ),
};

/** What files of other formats begin with. */
export const HEADS = {
  jxlStream: Buffer.from([0xff, 0x0a, 0, 0x90, 1, 0, 0x13]),
  jxlFile: Buffer.from([0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c, 0x20, 0x0d, 0x0a, 0x87, 0x0a, 0, 0, 0, 0x14]),
  mp4: fileTypeBox('isom', 'isom', 'iso2', 'avc1', 'mp41'),
  appleMp4: fileTypeBox('M4V ', 'M4V ', 'mp42', 'isom'),
  namelessMp4: fileTypeBox('XAVC', 'XAVC', 'mp42'),
  avifByCompatibility: fileTypeBox('mif1', 'mif1', 'avif', 'miaf'),
  avifSequence: fileTypeBox('avis', 'avis', 'msf1'),
  webm: ebml('webm'),
  matroska: ebml('matroska'),
  quickTime: fileTypeBox('qt  ', 'qt  '),
  heic: fileTypeBox('heic', 'mif1', 'heic'),
  sound: fileTypeBox('M4A ', 'M4A ', 'mp42', 'isom'),
};
