// Names as the oracle understands them: an own reading of the rules, not the library's.

/** The folders that the libraries of these tests have, and which models each holds. */
export const SHELF_ROOTS = { loras: 'loras', more: 'loras', checkpoints: 'checkpoints' } as const;

export type Prefix = (typeof SHELF_ROOTS)[keyof typeof SHELF_ROOTS];

export const prefixOf = (path: string): Prefix => (path.startsWith('checkpoints/') ? 'checkpoints' : 'loras');
export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
export const rootOf = (path: string): string => path.split('/', 1)[0] ?? '';
export const extensionOf = (path: string): string => {
  const name = nameOf(path);
  return name.slice(name.lastIndexOf('.')).toLowerCase();
};
/** Folder and name without the last extension. */
export const stemOf = (path: string): string => path.slice(0, path.lastIndexOf('.'));

const LISTED: Readonly<Record<Prefix, readonly string[]>> = {
  loras: ['.safetensors'],
  checkpoints: ['.ckpt', '.pt', '.pt2', '.bin', '.pth', '.safetensors', '.pkl', '.sft', '.gguf'],
};

/** What some type has as a model is nobody's companion. */
export const isModelFile = (path: string): boolean => LISTED.checkpoints.includes(extensionOf(path));
export const isListed = (path: string): boolean => LISTED[prefixOf(path)].includes(extensionOf(path));
export const isSidecar = (path: string): boolean => path.endsWith('.metadata.json');
export const sidecarOf = (model: string): string => `${stemOf(model)}.metadata.json`;

const PICTURES = ['.webp', '.png', '.jpeg', '.jpg', '.mp4', '.gif', '.webm', '.avif', '.jxl', '.mov', '.avi'];
const PREVIEWS = [
  ...PICTURES,
  ...['.webp', '.png', '.jpeg', '.jpg', '.mp4', '.mov', '.avi'].map((end) => `.preview${end}`),
  '.example.0.jpeg',
];
const OTHERS = ['.civitai.info', '.cm-info.json', '.swarm.json', '.json', '.txt', '.yaml', '.yml'];
const SIDECARS = ['.metadata.json', '.metadata.json.bak'];

const suffixAfter = (path: string, stem: string): string | undefined =>
  path.startsWith(`${stem}.`) ? path.slice(stem.length).toLowerCase() : undefined;

const isCompanionSuffix = (suffix: string | undefined): boolean =>
  suffix !== undefined && [...PREVIEWS, ...OTHERS, ...SIDECARS].includes(suffix);

/** Other model files with the folder and stem of a model. */
export function siblingsOf(model: string, paths: Iterable<string>): string[] {
  return [...paths].filter((path) => path !== model && isModelFile(path) && stemOf(path) === stemOf(model));
}

/** A preview that was given to one of several models with the same stem bears its whole name. */
export const isOfSharedStem = (model: string, path: string): boolean =>
  PICTURES.includes(suffixAfter(path, model) ?? '');

/** What belongs to a model: its exact stem with a known suffix, unless a model with a longer stem claims it. */
export function companionsOf(model: string, paths: Iterable<string>): string[] {
  const stem = stemOf(model);
  const beside = [...paths].filter((path) => folderOf(path) === folderOf(model));
  const longer = beside
    .filter(isModelFile)
    .map(stemOf)
    .filter((other) => other.length > stem.length);
  return beside.filter((path) => {
    if (isModelFile(path)) return false;
    if (isOfSharedStem(model, path)) return true;
    const suffix = suffixAfter(path, stem);
    if (!isCompanionSuffix(suffix)) return false;
    if (SIDECARS.includes(suffix ?? '')) return true;
    return !longer.some((other) => isCompanionSuffix(suffixAfter(path, other)));
  });
}

/** The companions that are pictures or videos. */
export function previewsOf(model: string, paths: Iterable<string>): string[] {
  return companionsOf(model, paths).filter(
    (path) => isOfSharedStem(model, path) || PREVIEWS.includes(suffixAfter(path, stemOf(model)) ?? ''),
  );
}
