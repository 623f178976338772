import type { Sidecar } from '../shapes/sidecar.js';
import { baseModelName } from './base-model-name.js';
import {
  foreignSidecar,
  idIn,
  present,
  textIn,
  textsIn,
  type ForeignFields,
  type ForeignModel,
} from './foreign-fields.js';

/** What Stability Matrix writes beside a model that it downloaded or recognised (`<stem>.cm-info.json`). */
export function sidecarFromCmInfo(fields: ForeignFields, model: ForeignModel): Sidecar | undefined {
  const name = textIn(fields['ModelName']);
  const modelId = idIn(fields['ModelId']);
  if (name === '' && modelId === undefined) return undefined;
  const tags = textsIn(fields['Tags']);
  const description = textIn(fields['ModelDescription']);
  return foreignSidecar(
    model,
    {
      model_name: textIn(fields['UserTitle']) || name,
      base_model: baseModelName(textIn(fields['BaseModel'])),
      tags,
      modelDescription: description,
      from_civitai: modelId !== undefined,
    },
    {
      id: idIn(fields['VersionId']),
      modelId,
      name: textIn(fields['VersionName']),
      description: textIn(fields['VersionDescription']),
      baseModel: textIn(fields['BaseModel']),
      trainedWords: textsIn(fields['TrainedWords']),
      model: present({ name, type: textIn(fields['ModelType']), description, tags }),
    },
  );
}
