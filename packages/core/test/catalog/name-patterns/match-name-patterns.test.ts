import { monitorEventLoopDelay } from 'node:perf_hooks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchNamePatterns, type NamePatterns } from '../../../src/catalog/name-patterns/match-name-patterns.js';
import {
  LONGEST_NAME_PATTERN,
  MOST_NAME_PATTERNS,
  namePattern,
} from '../../../src/catalog/name-patterns/name-pattern.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

async function matching(names: readonly (readonly string[])[], patterns: Partial<NamePatterns>): Promise<number[]> {
  const models = names.map((each, id) => ({ id, names: each }));
  return [...(await matchNamePatterns(models, { include: [], exclude: [], regex: false, ...patterns }))];
}

const models = [
  ['Alpha Two', 'alpha_two'],
  ['Beta', 'beta.v2'],
  ['', 'gamma(x'],
  ['', ''],
];

describe('matchNamePatterns', () => {
  it.each<[string, Partial<NamePatterns>, number[]]>([
    ['no pattern', {}, [0, 1, 2, 3]],
    ['a substring in any case', { include: ['ALPHA'] }, [0]],
    ['one of several', { include: ['alpha', 'beta'] }, [0, 1]],
    ['an exclusion', { exclude: ['beta'] }, [0, 2, 3]],
    ['an exclusion before an inclusion', { include: ['a'], exclude: ['_TWO'] }, [1, 2]],
    ['signs that mean something in expressions', { include: ['.v', '(x'] }, [1, 2]],
    ['an unanchored expression in any case', { include: ['PHA.*O$'], regex: true }, [0]],
    ['an expression and an exclusion', { include: ['a'], exclude: ['^beta$'], regex: true }, [0, 2]],
    ['a broken expression as a substring', { include: ['A(X'], regex: true }, [2]],
    ['a look-around as a substring', { include: ['(?=a)', 'beta'], regex: true }, [1]],
    ['empty patterns', { include: ['', 'beta'], exclude: [''] }, [1]],
    ['nothing but empty patterns', { include: [''], exclude: [''], regex: true }, [0, 1, 2, 3]],
  ])('%s', async (_, patterns, expected) => {
    expect(await matching(models, patterns)).toEqual(expected);
  });

  it('passes a model when the plain rule does', async () => {
    const name = fc.oneof(fc.stringMatching(/^[aAbB.]{0,5}$/), fc.string({ unit: 'grapheme', maxLength: 5 }));
    const pattern = fc.oneof(fc.stringMatching(/^[ab.]{1,3}$/), fc.stringMatching(/^[ab]\.?[ab]\$?$/));
    const patterns = fc.array(pattern, { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(name, name)),
        patterns,
        patterns,
        fc.boolean(),
        async (names, include, exclude, regex) => {
          const hits = (each: string, one: string): boolean =>
            each !== '' && (regex ? new RegExp(one, 'iu').test(each) : each.toLowerCase().includes(one.toLowerCase()));
          const hit = (pair: readonly string[], list: readonly string[]): boolean =>
            pair.some((each) => list.some((one) => hits(each, one)));
          const expected = names.flatMap((pair, id) =>
            !hit(pair, exclude) && (include.length === 0 || hit(pair, include)) ? [id] : [],
          );
          expect(await matching(names, { include, exclude, regex })).toEqual(expected);
        },
      ),
      { numRuns: runs },
    );
  });

  it('refuses more or longer patterns than anybody needs', async () => {
    const many = Array.from({ length: MOST_NAME_PATTERNS + 1 }, () => 'a');
    await expect(matching([], { exclude: many })).rejects.toMatchObject({ code: 'validation_failed' });
    const long = 'a'.repeat(LONGEST_NAME_PATTERN + 1);
    await expect(matching([], { include: [long] })).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it('stops when the request is cancelled', async () => {
    const aborter = new AbortController();
    let seen = 0;
    function* endless(): Generator<{ id: number; names: string[] }> {
      for (;;) yield { id: seen++, names: ['a'] };
    }
    setTimeout(() => {
      aborter.abort();
    }, 20);
    const run = matchNamePatterns(endless(), { include: ['a'], exclude: [], regex: false }, aborter.signal);
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
    expect(seen).toBeGreaterThan(0);
  });
});

const catastrophic = ['(a+)+$', '(a|a)*b', '(.*a){20}', '(x+x+)+y', '([a-z]+)*[0-9]$', '(a?){30}a{30}'];
const bombs = [
  '(a{1000}){1000}',
  '((a{100}){100}){100}',
  String.raw`(\pL{1000}){1000}`,
  `(?:${'a?'.repeat(90)}){1000}`,
  `(${'a'.repeat(150)}[[:alpha:])]){1000}`,
  String.raw`(\Q)\E${'a?'.repeat(80)}){800}`,
  '('.repeat(LONGEST_NAME_PATTERN),
];

describe('expressions of users', () => {
  it('R-W31: an expression that backtracks without end takes no time and lets other requests run', async () => {
    const names = Array.from({ length: 2000 }, (_, at) => [`${'a'.repeat(20 + (at % 40))}!`, 'aaaa aaaa'.repeat(5)]);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const started = performance.now();
    await matching(names, { include: catastrophic, regex: true });
    await matching(names, { exclude: catastrophic, regex: true });
    delay.disable();
    expect(performance.now() - started).toBeLessThan(5000);
    expect(delay.max / 1e6).toBeLessThan(1000);
  });

  it('R-W31: an expression that would compile to a giant is a substring', () => {
    const before = process.memoryUsage().rss;
    const times = [1, 2, 3].map(() => {
      const started = performance.now();
      for (const bomb of bombs) {
        expect(namePattern(bomb, true)('a'.repeat(1000))).toBe(false);
        expect(namePattern(bomb, true)(`<${bomb.toUpperCase()}>`)).toBe(true);
      }
      return performance.now() - started;
    });
    // A few milliseconds; compiling one of them takes hundreds.
    expect(Math.min(...times)).toBeLessThan(150);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });

  it('matching takes time linear in the length of the name, whatever the expression', () => {
    for (const expression of catastrophic) {
      const matches = namePattern(expression, true);
      const time = (name: string): number => {
        const started = performance.now();
        for (let turn = 0; turn < 50; turn++) matches(name);
        return performance.now() - started;
      };
      time(`${'a'.repeat(400)}!`);
      // Linear is 16; generous, as it is the clock that is asked. Backtracking would not come to an end.
      expect(time(`${'a'.repeat(800)}!`)).toBeLessThan(100 * Math.max(1, time(`${'a'.repeat(50)}!`)));
    }
  });

  it('no pattern holds the event loop, whatever the expression and however many models there are', async () => {
    const names = Array.from({ length: 100_000 }, (_, at) => [
      `detail tweaker ${String(at)}`,
      `detail_tweaker_${String(at)}`,
    ]);
    let turns = 0;
    let running = true;
    const turn = (): void => {
      turns++;
      if (running) setImmediate(turn);
    };
    const started = process.cpuUsage();
    setImmediate(turn);
    const found = await matching(names, { include: ['tweaker.*9$'], exclude: ['(1|3).*7'], regex: true });
    running = false;
    expect(found.length).toBeGreaterThan(0);
    const { user, system } = process.cpuUsage(started);
    // A turn each 8 ms; the processor's time is asked, as others may have the machine, and it counts helping threads too.
    expect(turns).toBeGreaterThan((user + system) / 1000 / 24);
  });
});
