import { rename } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { isDeep } from '../standing-folder.js';
import { contentsOfTree, expectListed, expectTidy, expectWorking, scenarioShelf, treeOf } from './crash-states.js';
import type { ScenarioName } from './scenarios.js';

const SOME: ScenarioName[] = ['bulkMove', 'autoOrganize', 'delete'];
const OTHERS: ScenarioName[] = ['bulkDelete', 'bulkEdit', 'undoAutoOrganize', 'move'];

/** The shelf's three models, moved one after the other; the drive is pulled in the middle. */
it.each<ScenarioName>(isDeep ? [...SOME, ...OTHERS] : SOME)(
  'a root that goes away while models change (%s) is told as such, loses nothing, and works again when it is back',
  { timeout: 60_000 },
  async (name) => {
    for (const call of isDeep ? [1, 4, 9, 15, 22] : [4]) {
      const { at, folder, open, scenario } = await scenarioShelf(name);
      let calls = 0;
      let isArmed = false;
      let isAway = false;
      const library = open({
        before: async () => {
          if (!isArmed || isAway || ++calls < call) return;
          isAway = true;
          await rename(at('loras'), at('elsewhere'));
        },
      });
      await library.ready;
      await library.digestAll('loras');
      const prepared = (await scenario.prepare?.(library, at)) ?? '';
      const before = await treeOf(folder);
      isArmed = true;
      const outcome = await scenario.act(library, at, prepared).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      isArmed = false;
      if (!isAway) continue;
      if ('error' in outcome) expect(outcome.error).toMatchObject({ code: 'storage_unavailable' });
      else if (typeof outcome.value !== 'string')
        expect(JSON.stringify(outcome.value)).toMatch(/"(failures|failure_count|failed|total_attempted|refused)"/);
      // What cannot be reached stays listed.
      expect((await library.loras.getModels()).total).toBeGreaterThan(0);
      await rename(at('elsewhere'), at('loras'));
      await library.loras.scanModels();
      await expectListed(library);
      await library.close();
      const later = open();
      await expectListed(later);
      // No temporary names, and every content that there was.
      const tree = await treeOf(folder);
      expect(Object.keys(tree).filter((path) => /modelshelf-|\.tmp/.test(path))).toEqual([]);
      if (name !== 'bulkEdit') expect(contentsOfTree(tree)).toEqual(contentsOfTree(before));
      await expectWorking(later, at);
      await later.close();
      await expectTidy(folder);
    }
  },
);
