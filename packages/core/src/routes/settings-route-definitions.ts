import { z } from 'zod';
import { libraryNameSchema, newLibrarySchema } from '../shapes/library-record.js';
import { settingsPatchSchema } from '../shapes/settings-patch.js';
import { successReply } from './replies.js';
import { defineRoutes } from './route-definition.js';
import { librariesReply, priorityTagsReply, settingsReply } from './settings-replies.js';

/** The library that is meant; clients use either name. */
const libraryFields = { library: libraryNameSchema.optional(), library_name: libraryNameSchema.optional() };

const namesLibrary = ({ library, library_name }: { library?: string | undefined; library_name?: string | undefined }) =>
  library !== undefined || library_name !== undefined;

const required = { error: 'Library name is required', path: ['library'] };

/** The settings, and the libraries among them (docs/behaviour.md, "Settings", "Libraries"). */
export const SETTINGS_ROUTE_DEFINITIONS = defineRoutes([
  {
    handler: 'getSettings',
    methods: ['GET'],
    path: '/api/lm/settings',
    scope: 'library',
    effect: 'read',
    summary: 'The settings without secrets, and what a user should know about them.',
    reply: settingsReply,
    always: true,
  },
  {
    handler: 'updateSettings',
    methods: ['POST'],
    path: '/api/lm/settings',
    scope: 'library',
    effect: 'write',
    summary: 'Changes settings by key, all or none; null puts a default back.',
    body: settingsPatchSchema,
    reply: successReply,
    always: true,
  },
  {
    handler: 'getPriorityTags',
    methods: ['GET'],
    path: '/api/lm/priority-tags',
    scope: 'library',
    effect: 'read',
    summary: 'The tags that models are filed under first, by model type.',
    reply: priorityTagsReply,
    always: true,
  },
  {
    handler: 'getLibraries',
    methods: ['GET'],
    path: '/api/lm/settings/libraries',
    scope: 'library',
    effect: 'read',
    summary: 'The libraries of the settings, and which one is active.',
    reply: librariesReply,
    always: true,
  },
  {
    handler: 'activateLibrary',
    methods: ['POST'],
    path: '/api/lm/settings/libraries/activate',
    scope: 'library',
    effect: 'write',
    summary: 'Puts the folders of another library behind the routes.',
    body: z.object(libraryFields).refine(namesLibrary, required),
    reply: librariesReply,
  },
  {
    handler: 'createLibrary',
    methods: ['POST'],
    path: '/api/lm/settings/libraries',
    scope: 'library',
    effect: 'write',
    summary: 'Adds a library that is not active yet.',
    body: z.object({ ...libraryFields, ...newLibrarySchema.shape }).refine(namesLibrary, required),
    reply: librariesReply,
  },
  {
    handler: 'renameLibrary',
    methods: ['POST'],
    path: '/api/lm/settings/libraries/rename',
    scope: 'library',
    effect: 'write',
    summary: 'Gives a library another name.',
    body: z.object({ ...libraryFields, new_name: libraryNameSchema }).refine(namesLibrary, required),
    reply: librariesReply,
  },
  {
    handler: 'deleteLibrary',
    methods: ['POST'],
    path: '/api/lm/settings/libraries/delete',
    scope: 'library',
    effect: 'write',
    summary: 'Forgets a library; no model file is touched.',
    body: z.object(libraryFields).refine(namesLibrary, required),
    reply: librariesReply,
  },
]);
