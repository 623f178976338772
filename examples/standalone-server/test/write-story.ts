import { deflateSync, crc32 } from 'node:zlib';

/** One request of a story; `{folder}` is the folder of the library, `{name}` what an earlier answer had as `name`. */
export interface StoryRequest {
  readonly path: string;
  readonly init?: (fill: (text: string) => string) => RequestInit;
  /** Members of the answer that later requests name. */
  readonly keeps?: readonly string[];
}

const json = (path: string, body: unknown, keeps: readonly string[] = []): StoryRequest => ({
  path,
  init: (fill) => ({
    method: 'POST',
    body: fill(typeof body === 'string' ? body : JSON.stringify(body)),
    headers: { 'content-type': 'application/json' },
  }),
  keeps,
});

const lora = '/api/lm/loras';
const ink = '{folder}/loras/new/Tinte 東.safetensors';

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  size.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([size, body, sum]);
}

/** A picture of one pixel of some brightness. */
function png(brightness: number): Buffer {
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])),
    chunk('IDAT', deflateSync(Buffer.from([0, brightness]))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** An upload with its parts in the order of the names. */
const upload = (order: readonly string[], picture: Buffer, level: string): StoryRequest => ({
  path: `${lora}/replace-preview`,
  init: (fill) => {
    const form = new FormData();
    for (const name of order) {
      if (name === 'preview_file') form.append(name, new Blob([picture], { type: 'image/png' }), 'späti.png');
      else form.append(name, name === 'model_path' ? fill(ink) : level);
    }
    return { method: 'POST', body: form };
  },
});

/** What somebody does to a library, well and badly, through every kind of writing route. */
export const writeStory: readonly StoryRequest[] = [
  json(`${lora}/save-metadata`, { file_path: '{folder}/loras/a/ink.safetensors', model_name: 'Tinte', notes: 'ü\n' }),
  json(`${lora}/save-metadata`, { file_path: '{folder}/loras/a/ink.safetensors', size: 'abc' }),
  json(`${lora}/save-metadata`, { file_path: '/etc/passwd', notes: 'x' }),
  json(`${lora}/save-metadata`, '{"file_path":'),
  json(`${lora}/add-tags`, { file_path: 'loras-0:a/ink.safetensors', tags: [' Ink ', 'style', 5] }),
  json(`${lora}/bulk-edit`, { filter: { base_model: ['SDXL 1.0'] }, add_tags: ['many'], dry_run: true }),
  json(`${lora}/bulk-edit`, { file_paths: ['loras-0:a/ink.safetensors', '/nowhere'], add_tags: ['many'] }),
  json(`${lora}/rename`, { file_path: '{folder}/loras/a/ink.safetensors', new_file_name: 'Tinte 東' }),
  json(`${lora}/rename`, { file_path: '{folder}/loras/a/ink.safetensors', new_file_name: 'gone' }),
  json(`${lora}/rename`, { file_path: '{folder}/loras/a/pen.safetensors', new_file_name: '../pen' }),
  json(`${lora}/move_model`, { file_path: 'loras-0:a/Tinte 東.safetensors', target_path: '{folder}/loras/new' }),
  json(`${lora}/move_model`, { file_path: ink, target_path: '{folder}/loras/new' }),
  json(`${lora}/move_model`, { file_path: ink, target_path: '{folder}' }),
  json(`${lora}/move_models_bulk`, {
    file_paths: ['loras-0:a/pen.safetensors', '/x'],
    target_path: '{folder}/loras/new',
  }),
  upload(['preview_file', 'model_path', 'nsfw_level'], png(10), '2'),
  upload(['nsfw_level', 'model_path', 'preview_file'], png(200), '4'),
  upload(['model_path', 'preview_file'], Buffer.from('<svg onload="x()"/>'), '1'),
  upload(['preview_file'], png(1), '1'),
  { path: `${lora}/list?sort_by=name` },
  json(`${lora}/exclude`, { file_path: ink }),
  { path: `${lora}/excluded` },
  json(`${lora}/unexclude`, { file_path: ink }),
  json(`${lora}/verify-duplicates`, { file_paths: ['loras-0:twins/one.safetensors', 'loras-0:twins/two.safetensors'] }),
  json(`${lora}/dedupe`, { rule: 'shortest_path', action: 'trash', dry_run: true }),
  json(`${lora}/delete`, { file_path: ink }, ['batch_id']),
  { path: `${lora}/list` },
  { path: '/api/lm/trash' },
  json('/api/lm/undo-delete', { batch_id: '{batch_id}' }),
  json('/api/lm/undo-delete', { batch_id: '{batch_id}' }),
  json('/api/lm/undo-delete', { batch_id: '../x' }),
  json(`${lora}/bulk-delete`, { file_paths: ['loras-0:twins/one.safetensors', 'loras-0:nobody.safetensors'] }, [
    'batch_id',
  ]),
  json('/api/lm/trash/restore', { batch_id: '{batch_id}', file_paths: ['{folder}/loras/twins/one.safetensors'] }),
  json(`${lora}/bulk-delete`, { file_paths: [] }),
  json(`${lora}/auto-organize`, { dry_run: true }),
  json(`${lora}/auto-organize`, { file_paths: [] }),
  json(`${lora}/auto-organize`, '{'),
  json(`${lora}/auto-organize`, { file_paths: [ink] }),
  { path: `${lora}/auto-organize-progress` },
  json(`${lora}/auto-organize/undo`, {}),
  { path: `${lora}/auto-organize`, init: () => ({ headers: { 'sec-fetch-site': 'cross-site' } }) },
  { path: `${lora}/auto-organize` },
  json(`${lora}/auto-organize-progress/clear`, {}),
  { path: `${lora}/auto-organize-progress` },
  { path: `${lora}/list?sort_by=name` },
  json('/api/lm/settings', { language: 'de', auto_organize_exclusions: 'a;b', civitai_api_key: 'secret' }),
  json('/api/lm/settings', { language: 'de', nonsense: 1 }),
  json('/api/lm/settings', 'null'),
  { path: '/api/lm/settings' },
  { path: '/api/lm/priority-tags' },
  json('/api/lm/settings/libraries', { library: 'second' }),
  json('/api/lm/settings/libraries/activate', { library: 'second' }),
  json('/api/lm/settings/libraries/activate', { library: 'nobody' }),
  json('/api/lm/settings/libraries/rename', { library: 'second', new_name: 'zweite' }),
  json('/api/lm/settings/libraries/delete', { library_name: ' zweite ' }),
  { path: '/api/lm/settings/libraries' },
  json('/api/lm/trash/purge', { all: true }),
  json('/api/lm/trash/purge', { all: true, confirm: true }),
  { path: '/api/lm/trash' },
  { path: '/api/lm/stats/collection-overview' },
];
