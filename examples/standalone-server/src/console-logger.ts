import type { Logger } from '@modelshelf/core';

/** Prints warnings and errors of the library as one line each. */
export function createConsoleLogger(print: (line: string) => void): Logger {
  const line = (level: string, message: string, context: Readonly<Record<string, unknown>> = {}): string => {
    const parts = Object.entries(context).map(([name, value]) => `${name}: ${textOf(value)}`);
    return `${level}: ${message}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`;
  };
  return {
    info: () => undefined,
    warn: (message, context) => print(line('warning', message, context)),
    error: (message, context) => print(line('error', message, context)),
  };
}

function textOf(value: unknown): string {
  const text = value instanceof Error ? value.message : typeof value === 'string' ? value : JSON.stringify(value);
  return String(text).replaceAll('\n', ' ');
}
