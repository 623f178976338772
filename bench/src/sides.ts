/** The frameworks that have an adapter. */
export const FRAMEWORKS = ['express', 'fastify', 'koa'] as const;

export type Framework = (typeof FRAMEWORKS)[number];

/** What is compared: a route of the library, and the same answer by a route written for the framework. */
export type Side = 'library' | 'by hand';

/** Tells whether there is an adapter for it. */
export function isFramework(name: string): name is Framework {
  return FRAMEWORKS.some((framework) => framework === name);
}
