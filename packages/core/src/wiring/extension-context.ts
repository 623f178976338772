import { ModelshelfError } from '../errors.js';
import type { ModelService } from '../handlers/model-service.js';
import type { ExtensionContext } from '../ports/extension-context.js';
import type { WiringParts } from './wiring-parts.js';
import type { AttachedServices } from './wire-services.js';

/** Makes what the handlers of added routes work with, for one model type or, without one, for the library. */
export function createExtensionContext(
  { progress, logger }: Pick<WiringParts, 'progress' | 'logger'>,
  attached: () => AttachedServices,
): (service: ModelService | undefined) => ExtensionContext {
  return (service) => ({
    modelType: service && { name: service.modelType.name, prefix: service.modelType.prefix },
    models: (prefix) => {
      const found = attached().models.find(({ modelType }) => modelType.prefix === prefix);
      if (found === undefined) throw new ModelshelfError('not_found', `No model type has the prefix "${prefix}".`);
      return found.catalog;
    },
    settings: { current: () => attached().library.settings.current() },
    logger,
    publish: (topic, key, data) => progress.publish(topic, key, data),
  });
}
