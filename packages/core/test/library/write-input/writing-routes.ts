import { z } from 'zod';
import type { ModelLibrary, RouteBinding, RouteDefinition } from '../../../src/index.js';
import { MODEL_OF, PREFIXES, type Prefix } from './writing-library.js';

/** The length limit of `pathParam()`: what has it is a path. */
const PATH_LENGTH = 4096;

/** Where a path stands in a body: names of members, `[]` for every entry of a list. */
export type FieldPath = readonly string[];

const jsonSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  maxLength: z.number().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
});

/** The bodies of a route, whatever its method says: of one with GET and POST, the search describes both. */
export function inputOf({ body, query }: RouteDefinition): z.ZodObject | undefined {
  return body === 'multipart' ? undefined : (body ?? query);
}

/** All fields of a JSON body that take a path, found by their schema. */
export function pathFieldsOf(definition: RouteDefinition): readonly FieldPath[] {
  const schema = inputOf(definition);
  if (schema === undefined) return [];
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return fieldsOf(described)
    .filter(({ isPath }) => isPath)
    .map(({ at }) => at);
}

/** All fields of a JSON body whose name says that they take a path. */
export function fieldsNamedPath(definition: RouteDefinition): readonly FieldPath[] {
  const schema = inputOf(definition);
  if (schema === undefined) return [];
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return fieldsOf(described)
    .map(({ at }) => at)
    .filter((at) => /path|keep|remove$|folders$/.test(at.findLast((name) => name !== '[]') ?? ''));
}

function fieldsOf(node: unknown, at: FieldPath = []): { at: FieldPath; isPath: boolean }[] {
  const { type, maxLength, properties = {}, items, anyOf = [] } = jsonSchema.parse(node);
  return [
    ...(type === 'string' ? [{ at, isPath: maxLength === PATH_LENGTH }] : []),
    ...Object.entries(properties).flatMap(([name, child]) => fieldsOf(child, [...at, name])),
    ...(typeof items === 'object' ? fieldsOf(items, [...at, '[]']) : []),
    ...anyOf.flatMap((child) => fieldsOf(child, at)),
  ];
}

/** A body with another value at a place, lists having that one entry only. */
export function withValueAt(body: unknown, [name, ...rest]: FieldPath, value: unknown): unknown {
  if (name === undefined) return value;
  if (name === '[]') return [withValueAt(Array.isArray(body) ? body[0] : undefined, rest, value)];
  const members = typeof body === 'object' && body !== null ? { ...body } : {};
  return { ...members, [name]: withValueAt(Reflect.get(members, name), rest, value) };
}

/** The routes that change something, each once per model type that it is bound for. */
export function writingBindings(library: Pick<ModelLibrary, 'bindings'>): readonly RouteBinding[] {
  return library.bindings.filter(({ definition }) => definition.effect === 'write');
}

export function prefixOf({ prefix }: RouteBinding): Prefix {
  return PREFIXES.find((each) => each === prefix) ?? 'loras';
}

const batch = 'ab'.repeat(16);

/**
 * What a route may be asked so that only the path in it can be bad; every writing route that reads a body has one. None of
 * them changes anything unless a path names a model.
 */
const BODIES: Readonly<Record<string, (at: (name: string) => string, model: string) => unknown>> = {
  scanModels: () => ({}),
  sendTriggerWords: () => ({ lora_names: ['nobody'], node_ids: [1] }),
  recordUsage: () => ({ loras: ['nobody'] }),
  saveMetadata: (_at, model) => ({ file_path: model, notes: 'changed' }),
  addTags: (_at, model) => ({ file_path: model, tags: ['new'] }),
  excludeModel: (_at, model) => ({ file_path: model }),
  unexcludeModel: (_at, model) => ({ file_path: model }),
  bulkEditModels: (_at, model) => ({ file_paths: [model], add_tags: ['new'] }),
  setPreviewFromUrl: (_at, model) => ({ model_path: model, image_url: 'http://127.0.0.1:9/x.png', nsfw_level: 1 }),
  deleteModel: (_at, model) => ({ file_path: model }),
  bulkDeleteModels: (_at, model) => ({ file_paths: [model] }),
  renameModel: (_at, model) => ({ file_path: model, new_file_name: 'renamed' }),
  verifyDuplicates: (_at, model) => ({ file_paths: [model] }),
  applyDedupe: (_at, model) => ({ groups: [{ keep: model, remove: [model] }], action: 'trash' }),
  moveModel: (at, model) => ({ file_path: model, target_path: at('moved') }),
  moveModelsBulk: (at, model) => ({ file_paths: [model], target_path: at('moved') }),
  autoOrganizeModels: (_at, model) => ({ file_paths: [model] }),
  undoDelete: () => ({ batch_id: batch }),
  restoreTrash: (_at, model) => ({ batch_id: batch, file_paths: [model] }),
  purgeTrash: () => ({ batch_ids: [batch] }),
  updateSettings: () => ({ language: 'fr' }),
  activateLibrary: () => ({ library: 'default' }),
  createLibrary: () => ({ library: 'another' }),
  renameLibrary: () => ({ library: 'default', new_name: 'renamed' }),
  deleteLibrary: () => ({ library: 'default' }),
};

/** A body that a route takes, about the model of its type. Throws for a new route: it needs a line above. */
export function goodBodyOf(binding: RouteBinding, folder: string): unknown {
  const { handler } = binding.definition;
  const body = BODIES[handler];
  if (body === undefined) throw new Error(`${handler} has no body in BODIES`);
  const prefix = prefixOf(binding);
  return body((name) => `${folder}/${prefix}/${name}`, `${folder}/${MODEL_OF[prefix]}`);
}
