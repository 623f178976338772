import { parseArgs } from 'node:util';

/**
 * Whole numbers from the command line, such as `--rounds 5`, over defaults; throws for what is none.
 *
 * @example
 * const { rounds } = numericArguments({ rounds: 5, seconds: 3 });
 */
export function numericArguments<K extends string>(defaults: Readonly<Record<K, number>>): Record<K, number> {
  const numbers: Record<K, number> = { ...defaults };
  const names = Object.keys(defaults) as K[];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ options });
  for (const name of names) {
    const text = values[name];
    if (text === undefined) continue;
    const number = Number(text);
    if (!Number.isInteger(number) || number < 1) throw new Error(`--${name}: expected a whole number from 1`);
    numbers[name] = number;
  }
  return numbers;
}
