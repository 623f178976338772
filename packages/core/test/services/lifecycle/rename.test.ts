import { existsSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFileOperations } from '../../../src/ports/file-operations.js';
import { sidecar } from '../../disk/temp-library.js';
import { shelfFolder, weights } from './writable-shelf.js';

const sidecarAt = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8'));

describe('renameModel', () => {
  it('Invariant 2: after rename the old path is gone from catalog and hash index, and the new path is in both', async () => {
    const shelf = shelfFolder();
    const from = shelf.put('loras/sub/ink.safetensors', weights('ink'));
    shelf.put(
      'loras/sub/ink.metadata.json',
      sidecar({ sha256: 'a'.repeat(64), size: 0, tags: ['x'], odd: { b: [1] } }),
    );
    const library = await shelf.open();
    const { record, renamed } = await library.lifecycle.renameModel(from, 'pen');
    const to = shelf.at('loras/sub/pen.safetensors');
    expect(record.entry.file_path).toBe(to);
    expect(renamed).toEqual([to, shelf.at('loras/sub/pen.metadata.json')]);
    expect(library.listed.find(from)).toBeUndefined();
    expect(library.listed.findByHash('a'.repeat(64)).map(({ file_path }) => file_path)).toEqual([to]);
    expect(shelf.names().sort()).toEqual(['loras/sub/pen.metadata.json', 'loras/sub/pen.safetensors']);
    expect(library.listed.findByStem('ink')).toEqual([]);
    expect(library.listed.findByStem('pen')).toHaveLength(1);
    const before = library.state();
    await library.scan();
    expect(library.state()).toEqual(before);
  });

  it('W-W5: without a sidecar the catalog follows, and computed digests go along', async () => {
    const shelf = shelfFolder();
    const from = shelf.put('loras/ink.safetensors', weights('ink'));
    const library = await shelf.open();
    await library.digestAll();
    const { sha256 } = library.row(from).entry;
    await library.lifecycle.renameModel(from, 'pen');
    expect(library.paths()).toEqual(['loras/pen.safetensors']);
    expect(library.row(shelf.at('loras/pen.safetensors'))).toMatchObject({ digest: 'computed', entry: { sha256 } });
    expect(existsSync(shelf.at('loras/pen.metadata.json'))).toBe(false);
  });

  it('W-W5: a source that is not there is no success', async () => {
    const shelf = shelfFolder();
    const from = shelf.put('loras/ink.safetensors', weights('ink'));
    shelf.put('loras/other.safetensors', weights('other'));
    const library = await shelf.open();
    unlinkSync(from);
    await expect(library.lifecycle.renameModel(from, 'pen')).rejects.toMatchObject({ code: 'not_found' });
    await expect(library.lifecycle.renameModel(shelf.at('loras/no.safetensors'), 'pen')).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(shelf.names()).toEqual(['loras/other.safetensors']);
  });

  it.each([
    ['the model', 'pen.safetensors'],
    ['another model with this stem', 'pen.ckpt'],
    ['a sidecar', 'pen.metadata.json'],
    ['a preview', 'pen.preview.PNG'],
    ["another tool's file", 'pen.civitai.info'],
    ['a name composed otherwise', 'p\u00e9n.safetensors'],
  ])('W-W5: %s at the target refuses the rename, and nothing is overwritten', async (_, taken) => {
    const shelf = shelfFolder();
    const from = shelf.put('loras/ink.safetensors', weights('ink'));
    shelf.put('loras/ink.metadata.json', sidecar());
    shelf.put('loras/ink.webp', 'mine');
    shelf.put(`loras/${taken}`, taken.endsWith('.json') ? sidecar() : `theirs ${taken}`);
    const library = await shelf.open();
    const before = [shelf.snapshot(), library.state()];
    const wanted = taken.startsWith('p\u00e9') ? 'pe\u0301n' : 'pen';
    await expect(library.lifecycle.renameModel(from, wanted)).rejects.toMatchObject({
      code: 'conflict',
      message: 'A file with this name already exists',
    });
    expect([shelf.snapshot(), library.state()]).toEqual(before);
  });

  it('W-W5: a step that fails takes back the steps before it', async () => {
    const shelf = shelfFolder();
    const from = shelf.put('loras/ink.safetensors', weights('ink'));
    shelf.put('loras/ink.metadata.json', sidecar({ tags: ['x'] }));
    shelf.put('loras/ink.webp', 'picture');
    const broken = { ...nodeFileOperations };
    for (const call of ['link', 'rename'] as const) {
      broken[call] = async (a: string, b: string) => {
        if (b.endsWith('pen.webp')) throw Object.assign(new Error('EIO'), { code: 'EIO' });
        return nodeFileOperations[call](a, b);
      };
    }
    const library = await shelf.open({ files: broken });
    const before = [shelf.snapshot(), library.state()];
    await expect(library.lifecycle.renameModel(from, 'pen')).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect([shelf.snapshot(), library.state()]).toEqual(before);
  });

  it.each([
    ['..', 'dots'],
    ['a/b', 'slash'],
    ['a\\b', 'backslash'],
    ['a:b', 'colon'],
    ['a*', 'star'],
    ['what?', 'question mark'],
    ['"a"', 'quote'],
    ['<a>', 'angle'],
    ['a|b', 'pipe'],
    ['a\u0007b', 'bell'],
    ['a\nb', 'line break'],
    ['a\u007f', 'delete'],
    ['\ud800a', 'half a character'],
    ['CON', 'device'],
    ['nul', 'device in lower case'],
    ['Com1.v2', 'device before a dot'],
    ['lpt9 .x', 'device before a space'],
    ['.hidden', 'leading dot'],
    ['ink.', 'trailing dot'],
    [' ink', 'leading space'],
    ['ink ', 'trailing space'],
    ['   ', 'blank'],
    ['', 'empty'],
    ['x'.repeat(244), 'longer than 255 bytes with the extension'],
    ['x'.repeat(242), 'longer than 255 bytes with the suffix of a sidecar'],
    ['\u00e9'.repeat(122), 'longer than 255 bytes in UTF-8'],
  ])('W-W5: the name %j is refused (%s)', async (name) => {
    const shelf = shelfFolder();
    const from = shelf.put('loras/ink.safetensors', weights('ink'));
    const library = await shelf.open();
    await expect(library.lifecycle.renameModel(from, name)).rejects.toMatchObject({ code: 'validation_failed' });
    expect(shelf.names()).toEqual(['loras/ink.safetensors']);
  });

  it.each(['a.b.c', '100% %20', '\u{1f58b} pen', 'console', 'null', 'x'.repeat(241), 'Com10', "it's #1 & [2] {3}"])(
    'W-W5: the name %j is taken as it is',
    async (name) => {
      const shelf = shelfFolder();
      const from = shelf.put('loras/ink.safetensors', weights('ink'));
      shelf.put('loras/ink.metadata.json', sidecar());
      const library = await shelf.open();
      const { record } = await library.lifecycle.renameModel(from, name);
      expect(record.entry).toMatchObject({ file_name: name, file_path: shelf.at(`loras/${name}.safetensors`) });
      expect(shelf.names().sort()).toEqual([`loras/${name}.metadata.json`, `loras/${name}.safetensors`].sort());
    },
  );

  it('changes nothing but the case of a name', async () => {
    const shelf = shelfFolder();
    const from = shelf.put('loras/ink.Safetensors', weights('ink'));
    shelf.put('loras/ink.metadata.json', sidecar({ tags: ['x'] }));
    const library = await shelf.open();
    await library.lifecycle.renameModel(from, 'Ink');
    expect(library.paths()).toEqual(['loras/Ink.Safetensors']);
    expect(shelf.names().sort()).toEqual(['loras/Ink.Safetensors', 'loras/Ink.metadata.json']);
    await expect(library.lifecycle.renameModel(shelf.at('loras/Ink.Safetensors'), 'Ink')).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('W-W26: previews with upper-case suffixes and examples are renamed with the model that they are shown for', async () => {
    const shelf = shelfFolder();
    const upper = shelf.put('loras/ink.safetensors', weights('ink'));
    const example = shelf.put('loras/cat.safetensors', weights('cat'));
    shelf.put('loras/ink.WEBP', 'ink');
    shelf.put('loras/cat.example.0.jpeg', 'cat');
    shelf.put('loras/ink.metadata.json', sidecar({ preview_url: shelf.at('loras/ink.WEBP') }));
    shelf.put('loras/cat.metadata.json', sidecar({ preview_url: 'cat.example.0.jpeg' }));
    const library = await shelf.open();
    const ink = await library.lifecycle.renameModel(upper, 'pen');
    expect(ink.record.entry.preview_url).toBe(shelf.at('loras/pen.WEBP'));
    expect(sidecarAt(shelf.at('loras/pen.metadata.json'))['preview_url']).toBe(shelf.at('loras/pen.WEBP'));
    const cat = await library.lifecycle.renameModel(example, 'dog');
    expect(cat.record.entry.preview_url).toBe(shelf.at('loras/dog.example.0.jpeg'));
    expect(readFileSync(cat.record.entry.preview_url, 'utf8')).toBe('cat');
  });

  it('W-W26: a preview that is named unlike its model keeps its name, and stays shown', async () => {
    const shelf = shelfFolder();
    const from = shelf.put('loras/ink.safetensors', weights('ink'));
    const cover = shelf.put('loras/cover.png', 'cover');
    shelf.put('loras/ink.metadata.json', sidecar({ preview_url: cover }));
    const library = await shelf.open();
    const { record } = await library.lifecycle.renameModel(from, 'pen');
    expect(record.entry.preview_url).toBe(cover);
  });

  it('W-W32: everything that belongs to a model is renamed, compound suffixes whole, and nothing else', async () => {
    const shelf = shelfFolder();
    const from = shelf.put('loras/ink.safetensors', weights('ink'));
    const suffixes = [
      '.metadata.json',
      '.metadata.json.bak',
      '.preview.webp',
      '.civitai.info',
      '.cm-info.json',
      '.swarm.json',
      '.json',
      '.txt',
      '.yaml',
      '.mov',
    ];
    for (const suffix of suffixes) shelf.put(`loras/ink${suffix}`, suffix === '.metadata.json' ? sidecar() : '{}');
    const others = ['ink.v2.safetensors', 'ink.v2.metadata.json', 'ink2.txt', 'ink.other'];
    for (const name of others) shelf.put(`loras/${name}`, name.endsWith('.json') ? sidecar() : name);
    const library = await shelf.open();
    await library.lifecycle.renameModel(from, 'pen');
    const renamed = ['.safetensors', ...suffixes].map((suffix) => `pen${suffix}`);
    expect(shelf.names().sort()).toEqual([...renamed, ...others].map((name) => `loras/${name}`).sort());
  });

  it('invariant 21: unknown sidecar keys survive a rename, in their order', async () => {
    const shelf = shelfFolder();
    const from = shelf.put('loras/ink.safetensors', weights('ink'));
    const text = sidecar({ zebra: [1, { a: null }], _x: 'y', big: 1 }).replace('"big":1', '"big":12345678901234567890');
    shelf.put('loras/ink.metadata.json', text);
    const library = await shelf.open();
    await library.lifecycle.renameModel(from, 'pen');
    const after = readFileSync(shelf.at('loras/pen.metadata.json'), 'utf8');
    expect(Object.keys(JSON.parse(after))).toEqual(Object.keys(JSON.parse(text)));
    expect(after).toContain('12345678901234567890');
    expect(JSON.parse(after)).toMatchObject({ zebra: [1, { a: null }], _x: 'y', file_name: 'pen' });
  });

  it('refuses where the sidecar cannot be rewritten, and changes nothing', async () => {
    const shelf = shelfFolder();
    const from = shelf.put('loras/ink.safetensors', weights('ink'));
    const library = await shelf.open();
    writeFileSync(shelf.at('loras/ink.metadata.json'), '{"notes": "half');
    const before = [shelf.snapshot(), library.state()];
    await expect(library.lifecycle.renameModel(from, 'pen')).rejects.toMatchObject({ code: 'sidecar_unusable' });
    expect([shelf.snapshot(), library.state()]).toEqual(before);
  });

  it('W-W15: of models with one stem the renamed one takes a copy of its sidecar, and everything else stays', async () => {
    const shelf = shelfFolder();
    const mine = shelf.put('loras/ink.safetensors', weights('ink'));
    const other = shelf.put('loras/ink.ckpt', 'other');
    const text = sidecar({ file_path: mine, notes: 'mine', size: 0 });
    shelf.put('loras/ink.metadata.json', text);
    shelf.put('loras/ink.webp', 'picture');
    shelf.put('loras/ink.civitai.info', '{}');
    const library = await shelf.open();
    const { record, renamed } = await library.lifecycle.renameModel(mine, 'pen');
    expect(record.entry).toMatchObject({ notes: 'mine', preview_url: shelf.at('loras/pen.webp') });
    expect(renamed).toEqual(
      ['pen.safetensors', 'pen.metadata.json', 'pen.webp'].map((name) => shelf.at(`loras/${name}`)),
    );
    expect(readFileSync(shelf.at('loras/ink.metadata.json'), 'utf8')).toBe(text);
    expect(library.row(other).entry.preview_url).toBe(shelf.at('loras/ink.webp'));
    expect(existsSync(shelf.at('loras/ink.civitai.info'))).toBe(true);
    const before = library.state();
    await library.scan();
    expect(library.state()).toEqual(before);
  });

  it('W-W15: a renamed model does not take the sidecar that is about another one', async () => {
    const shelf = shelfFolder();
    const owner = shelf.put('loras/ink.safetensors', weights('ink'));
    const from = shelf.put('loras/ink.ckpt', 'other');
    shelf.put('loras/ink.metadata.json', sidecar({ file_path: owner, notes: 'theirs', size: 0 }));
    const library = await shelf.open();
    const { record } = await library.lifecycle.renameModel(from, 'pen');
    expect(record.entry.notes).toBe('');
    expect(library.row(owner).entry.notes).toBe('theirs');
    expect(shelf.names().sort()).toEqual(['loras/ink.metadata.json', 'loras/ink.safetensors', 'loras/pen.ckpt']);
  });

  it('W-W20: another spelling of a path is the same model', async () => {
    const shelf = shelfFolder();
    const from = shelf.put('loras/ink.safetensors', weights('ink'));
    const library = await shelf.open();
    const { record } = await library.lifecycle.renameModel(`${dirname(from)}/./x/..//ink.safetensors`, 'pen');
    expect(record.entry.file_path).toBe(shelf.at('loras/pen.safetensors'));
    expect(library.paths()).toEqual(['loras/pen.safetensors']);
    await library.lifecycle.renameModel('loras-0:pen.safetensors', 'ink');
    expect(library.paths()).toEqual(['loras/ink.safetensors']);
  });

  it('refuses to leave a link dangling, and paths outside the roots', async () => {
    const shelf = shelfFolder();
    const from = shelf.put('loras/ink.safetensors', weights('ink'));
    mkdirSync(shelf.at('loras/links'));
    symlinkSync(from, shelf.at('loras/links/ink.safetensors'));
    const outside = shelf.put('elsewhere/ink.safetensors', weights('out'));
    const library = await shelf.open();
    await expect(library.lifecycle.renameModel(from, 'pen')).rejects.toMatchObject({ code: 'conflict' });
    await expect(library.lifecycle.renameModel(outside, 'pen')).rejects.toMatchObject({ code: 'path_outside_roots' });
    expect(existsSync(from)).toBe(true);
  });

  it('tells two renames to one name apart: one wins, and no file is lost', async () => {
    const shelf = shelfFolder();
    const a = shelf.put('loras/a.safetensors', weights('a'));
    const b = shelf.put('loras/b.safetensors', weights('b'));
    const library = await shelf.open();
    const outcomes = await Promise.allSettled([a, b].map((path) => library.lifecycle.renameModel(path, 'pen')));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(library.paths()).toHaveLength(2);
    expect(shelf.names().sort()).toEqual(library.paths());
  });
});
