import type { LORA_ROUTE_DEFINITIONS } from '../routes/lora-route-definitions.js';
import type { HandlersOf } from '../routes/route-io.js';
import { findNamedModel } from './find-named-model.js';
import { LoraPool } from './lora-pool.js';
import type { ModelService } from './model-service.js';
import { sampleLoras, loraNameOf } from './sample-loras.js';

/** One callable per route that only loras have. */
export type LoraHandlers = HandlersOf<typeof LORA_ROUTE_DEFINITIONS>;

/** What only loras are asked. */
export class LoraHandler implements LoraHandlers {
  readonly #service: ModelService;
  readonly #pool: LoraPool;

  constructor(service: ModelService) {
    this.#service = service;
    this.#pool = new LoraPool(service);
  }

  readonly getLetterCounts: LoraHandlers['getLetterCounts'] = () => ({
    kind: 'json',
    body: { success: true, letter_counts: this.#service.catalog.letterCounts() },
  });

  readonly getLoraTriggerWords: LoraHandlers['getLoraTriggerWords'] = ({ name }) => ({
    kind: 'json',
    body: { success: true, trigger_words: [...this.#triggerWordsOf(name)] },
  });

  readonly getUsageTipsByPath: LoraHandlers['getUsageTipsByPath'] = ({ relative_path }) => {
    const record = findNamedModel(this.#service.catalog, relative_path);
    return { kind: 'json', body: { success: true, usage_tips: record?.entry.usage_tips ?? '' } };
  };

  readonly getRandomSample: LoraHandlers['getRandomSample'] = async (input, { signal }) => {
    const pool = await this.#pool.select(input.pool_config, signal);
    const loras = sampleLoras(pool, input, this.#service.random);
    return { kind: 'json', body: { success: true, loras, count: loras.length } };
  };

  readonly getCyclerList: LoraHandlers['getCyclerList'] = async ({ pool_config, sort_by }, { signal }) => {
    const pool = await this.#pool.select(pool_config, signal);
    const keyed = pool.map((record) => {
      const { file_name, model_name, file_path } = record.entry;
      return { record, key: (sort_by === 'model_name' ? model_name : file_name).toLowerCase(), path: file_path };
    });
    keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.path < b.path ? -1 : 1));
    const loras = keyed.map(({ record }) => ({
      file_name: loraNameOf(record),
      model_name: record.entry.model_name,
      folder: record.entry.folder,
    }));
    return { kind: 'json', body: { success: true, loras, count: loras.length } };
  };

  /** Tells every node the words of all the loras. */
  readonly sendTriggerWords: LoraHandlers['sendTriggerWords'] = ({ lora_names, node_ids }) => {
    const message = lora_names.flatMap((name) => this.#triggerWordsOf(name)).join(',, ');
    for (const node of node_ids) {
      const { node_id, graph_id } = typeof node === 'object' ? node : { node_id: node, graph_id: undefined };
      this.#service.publishTriggerWords({
        type: 'trigger_word_update',
        id: node_id,
        message,
        ...(graph_id === undefined || graph_id === null ? {} : { graph_id }),
      });
    }
    return { kind: 'json', body: { success: true } };
  };

  #triggerWordsOf(name: string): readonly string[] {
    return findNamedModel(this.#service.catalog, name)?.entry.civitai?.trainedWords ?? [];
  }
}
