import { ModelshelfError } from '../errors.js';
import type { RouteExtension } from '../routes/route-extension.js';

/** A group of configured folders, and what lies in them when the folder decides it. */
export interface RootCategory {
  /** Key of the configuration: `roots: { checkpoints: […], unet: […] }`. */
  readonly category: string;
  readonly subType: string | null;
}

/** A kind of model as data: everything that tells a lora from a checkpoint. */
export interface ModelType {
  /** Singular: `lora`. */
  readonly name: string;
  /** URL segment: `loras`. */
  readonly prefix: string;
  /** With a capital first letter, as messages spell it. */
  readonly label: string;
  readonly rootCategories: readonly RootCategory[];
  /** Lower case, with the dot. */
  readonly extensions: readonly string[];
  /** Sub-type of a model about which nothing else is known. */
  readonly defaultSubType: string;
  /** True when a model's sub-type is read from its remote type (`civitai.model.type`) and lower-cased. */
  readonly subTypeFromCivitai: boolean;
  /** Lower-case type names of the remote catalogue that are accepted as this type. */
  readonly civitaiTypes: readonly string[];
  /** Values of a model without sidecar. */
  readonly defaults: { readonly fromCivitai: boolean; readonly usageTips: string };
  /** Members of a list item that not every type has. */
  readonly itemHas: { readonly usageTips: boolean; readonly usageCount: boolean };
  /** Parameters of a listing that not every type has. */
  readonly listHas: { readonly firstLetter: boolean; readonly namePatterns: boolean };
  /** Whose `lora_hash` or `checkpoint_hash` takes the place of `hash` in a listing. */
  readonly hashParameter: 'lora' | 'checkpoint' | undefined;
  /** The sub-types, in lower case, that are counted; undefined counts every one. */
  readonly countedSubTypes: readonly string[] | undefined;
  /** Whether files are so large that they are digested on demand only, never unasked. */
  readonly lazyDigests: boolean;
  /** Routes that only this type has. */
  readonly routes: readonly RouteExtension[];
}

/** A model type as one writes it: what is left out follows from the name. */
export type ModelTypeInput = Pick<ModelType, 'name' | 'prefix' | 'extensions'> & Partial<ModelType>;

/**
 * Defines a kind of model; every common route then exists for it.
 *
 * Throws `invalid_configuration` for a prefix or an extension that could not be part of a URL or a file name.
 *
 * @example
 * const vae = defineModelType({ name: 'vae', prefix: 'vae', extensions: ['.safetensors', '.pt'] });
 */
export function defineModelType(input: ModelTypeInput): ModelType {
  if (!/^[a-z][a-z0-9-]*$/.test(input.prefix)) {
    throw new ModelshelfError(
      'invalid_configuration',
      `The prefix "${input.prefix}" must be lower-case letters, digits or -.`,
    );
  }
  const wrong = input.extensions.find((extension) => !/^\.[a-z0-9]+$/.test(extension));
  if (wrong !== undefined || input.extensions.length === 0) {
    throw new ModelshelfError(
      'invalid_configuration',
      `"${wrong ?? ''}" is not a lower-case extension such as ".safetensors".`,
    );
  }
  if (input.routes?.some(({ routes }) => routes.some(({ scope }) => scope !== 'model')) === true) {
    throw new ModelshelfError('invalid_configuration', `Routes of the type "${input.name}" must be of scope "model".`);
  }
  return Object.freeze({
    label: input.name.charAt(0).toUpperCase() + input.name.slice(1),
    rootCategories: [{ category: input.prefix, subType: null }],
    defaultSubType: input.name,
    subTypeFromCivitai: false,
    civitaiTypes: [input.name],
    defaults: { fromCivitai: true, usageTips: '' },
    itemHas: { usageTips: false, usageCount: false },
    listHas: { firstLetter: false, namePatterns: false },
    hashParameter: undefined,
    countedSubTypes: undefined,
    lazyDigests: false,
    routes: [],
    ...input,
  });
}
