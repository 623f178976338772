// The floors of packages/core/src, lowest first. A room is an entry of that folder: a folder, or a file of its own.
// Imports run downwards only; docs/architecture.md says what lives where.

/** @type {readonly (readonly string[])[]} */
export const floors = [
  ['errors.ts', 'package-version.ts', 'shapes', 'ports'],
  ['routes'],
  ['disk', 'providers', 'http', 'progress', 'model-types'],
  ['catalog'],
  ['services'],
  ['use-cases'],
  ['handlers'],
  [
    'base-model-routes.ts',
    'specific-model-routes.ts',
    'library-routes.ts',
    'model-route-registrar.ts',
    'library-api.ts',
  ],
  ['create-model-library.ts', 'wiring'],
  ['index.ts', 'fetch.ts', 'testing'],
];

/** Floors whose rooms may import each other: the words everybody shares, and what puts everything together. */
export const openFloors = new Set([0, 7, 8, 9]);

const coreSources = 'packages/core/src/';

/**
 * The room of core that a file belongs to, or nothing for a file elsewhere.
 * @param {string} file relative to the repository
 */
export function coreRoomOf(file) {
  return file.startsWith(coreSources) ? file.slice(coreSources.length).split('/')[0] : undefined;
}

/**
 * @param {string} room
 * @returns {number} -1 for a room that no floor knows
 */
export function floorOf(room) {
  return floors.findIndex((rooms) => rooms.includes(room));
}
