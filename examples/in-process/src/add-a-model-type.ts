import { createModelLibrary, defineModelType, type ModelLibrary } from '@modelshelf/core';

/** A library of upscalers, a kind of model that Modelshelf does not know by itself. */
export function openUpscalers(folder: string, dataDir: string): ModelLibrary {
  // region type
  const upscaler = defineModelType({ name: 'upscaler', prefix: 'upscalers', extensions: ['.pth', '.safetensors'] });
  const library = createModelLibrary({ modelTypes: [upscaler], roots: { upscalers: [folder] }, dataDir });
  // library.model('upscalers').getModels(), GET /api/lm/upscalers/list and every other route
  // endregion
  return library;
}
