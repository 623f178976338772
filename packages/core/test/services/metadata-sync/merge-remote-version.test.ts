import { describe, expect, it } from 'vitest';
import { mergeRemoteVersion } from '../../../src/services/metadata-sync/merge-remote-version.js';

const sha256 = 'a'.repeat(64);
const remote = {
  id: 2,
  modelId: 1,
  name: 'v2',
  baseModel: 'sdxl_base_v1-0',
  trainedWords: ['b', 'c'],
  files: [
    { hashes: { SHA256: 'B'.repeat(64), AutoV3: 'ffffffffffff' } },
    { hashes: { SHA256: 'A'.repeat(64), AutoV3: '0123456789ABCDEF' } },
  ],
  images: [{ url: 'u' }],
  creator: { username: 'remote' },
  model: { name: 'Remote', description: 'about', tags: ['r'], allowNoCredit: false, allowCommercialUse: ['Image'] },
};

describe('mergeRemoteVersion', () => {
  it('fills an empty sidecar, and never touches its digest and unknown members', () => {
    const merged = mergeRemoteVersion({ x: 1, sha256, model_name: 'Local', tags: [], civitai: null }, remote);
    expect(merged).toMatchObject({
      x: 1,
      sha256,
      model_name: 'Remote',
      modelDescription: 'about',
      tags: ['r'],
      base_model: 'SDXL 1.0',
      autov3: '0123456789ab',
      civitai: { id: 2, trainedWords: ['b', 'c'], creator: { username: 'remote' }, model: { allowNoCredit: false } },
    });
    expect(mergeRemoteVersion({ sha256: 'c'.repeat(64), autov3: 'eeeeeeeeeeee' }, remote)['autov3']).toBe(
      'eeeeeeeeeeee',
    );
    expect(mergeRemoteVersion({}, {})).toEqual({ base_model: 'Unknown', civitai: {} });
  });

  it('description, tags and creator stay when there are any; trigger words are united', () => {
    const own = { tags: ['mine'], modelDescription: 'mine', notes: 'n' };
    const civitai = { id: 9, custom: 1, trainedWords: ['a', 'b'], creator: { username: 'own' } };
    const merged = mergeRemoteVersion({ ...own, civitai }, remote);
    expect(merged).toMatchObject({ ...own, civitai: { id: 2, custom: 1, creator: { username: 'own' } } });
    expect(merged['civitai']).toMatchObject({ trainedWords: ['a', 'b', 'c'] });
    expect(mergeRemoteVersion({ civitai: { id: 9 } }, remote)['civitai']).toMatchObject({ trainedWords: ['b', 'c'] });
    expect(mergeRemoteVersion({ civitai: {} }, { model: { creator: { username: 'm' } } })['civitai']).toMatchObject({
      creator: { username: 'm' },
    });
  });

  it('what the site itself said stays over what an archive says, its licence apart', () => {
    const full = { id: 1, files: [1], images: [1], model: { name: 'Full', allowNoCredit: true } };
    const archived = { ...remote, source: 'archive_db' };
    expect(mergeRemoteVersion({ civitai: full }, archived)['civitai']).toMatchObject({
      id: 1,
      model: { name: 'Full', allowNoCredit: false, allowCommercialUse: ['Image'] },
    });
    expect(mergeRemoteVersion({ civitai: { ...full, source: 'civarchive' } }, archived)['civitai']).toMatchObject({
      id: 2,
    });
    expect(mergeRemoteVersion({ civitai: full }, remote)['civitai']).toMatchObject({ id: 2 });
  });
});
