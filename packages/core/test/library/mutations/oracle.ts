import type { Content, Facts, ShelfDisk } from './shelf-disk.js';
import {
  companionsOf,
  isListed,
  isModelFile,
  nameOf,
  prefixOf,
  siblingsOf,
  sidecarOf,
  stemOf,
  type Prefix,
} from './shelf-names.js';

/** A batch of the trash: original path to content. */
export interface OracleBatch {
  readonly files: Map<string, Content>;
  /** Files that stay beside another model may have been copied besides. */
  hasCopies: boolean;
}

/** What the library is believed to be: files and their contents, nothing else. Every other answer follows from them. */
export class Oracle {
  readonly files: Map<string, Content>;
  readonly trash = new Map<string, OracleBatch>();
  /** Something happened to models that share a stem: the disk says how it went, within what always holds. */
  isVague = false;

  constructor(files: ReadonlyMap<string, Content>) {
    this.files = new Map(files);
  }

  /** Paths of all models of a type, excluded ones too. */
  models(prefix?: Prefix): string[] {
    const all = [...this.files.keys()].filter(isListed).sort();
    return prefix === undefined ? all : all.filter((path) => prefixOf(path) === prefix);
  }

  /** What a model's own sidecar says; without one what a library makes of the file. */
  factsOf(model: string): Facts {
    const said = this.files.get(sidecarOf(model));
    return typeof said === 'object' ? said : { base_model: 'Unknown', model_name: nameOf(stemOf(model)) };
  }

  isShared(model: string): boolean {
    return siblingsOf(model, this.files.keys()).length > 0;
  }

  isExcluded(model: string): boolean {
    return this.factsOf(model)['exclude'] === true;
  }

  /** The model and all that goes where it goes. */
  setOf(model: string): string[] {
    return [model, ...companionsOf(model, this.files.keys())];
  }

  /** What a sidecar says after an edit; it is made when there is none. */
  edit(model: string, change: (facts: Record<string, unknown>) => Record<string, unknown>): void {
    if (this.isShared(model)) this.isVague = true;
    const after = Object.entries(change({ ...this.factsOf(model) })).filter(([, value]) => !isEmpty(value));
    this.files.set(sidecarOf(model), Object.fromEntries(after.sort(([a], [b]) => (a < b ? -1 : 1))));
  }

  /** Where the files of a model lie after it got another path. */
  targetsOf(model: string, to: string): Map<string, string> {
    const rest = (path: string): string => (path === model ? to : stemOf(to) + path.slice(stemOf(model).length));
    return new Map(this.setOf(model).map((path) => [path, rest(path)]));
  }

  /** Whether every file of the set has its target for itself. */
  isFree(model: string, to: string): boolean {
    const targets = this.targetsOf(model, to);
    return [...targets.values()].every((path) => !this.files.has(path));
  }

  /** Files that lie at the target without being anybody's would become the model's: refusing is as right as accepting. */
  isDoubtful(model: string, to: string): boolean {
    if (this.isShared(model) || siblingsOf(to, this.files.keys()).length > 0) return true;
    return companionsOf(to, [...this.files.keys(), to]).some((path) => !this.setOf(model).includes(path));
  }

  relocate(model: string, to: string): void {
    if (this.isDoubtful(model, to)) this.isVague = true;
    const contents = [...this.targetsOf(model, to)].map(([from, path]) => [from, path, this.files.get(from)] as const);
    for (const [from] of contents) this.files.delete(from);
    for (const [, path, content] of contents) if (content !== undefined) this.files.set(path, content);
  }

  /** Puts models into the trash, with all that nobody who stays needs. */
  discard(batch: string, models: readonly string[]): void {
    const files = new Map<string, Content>();
    let hasCopies = false;
    for (const model of models) {
      const isStaying = siblingsOf(model, this.files.keys()).some((path) => !models.includes(path));
      if (this.isShared(model)) this.isVague = true;
      hasCopies ||= isStaying;
      for (const path of isStaying ? [model] : this.setOf(model)) {
        const content = this.files.get(path);
        if (content !== undefined) files.set(path, content);
      }
    }
    for (const path of files.keys()) this.files.delete(path);
    this.trash.set(batch, { files, hasCopies });
  }

  isRestorable(batch: string): boolean {
    return [...(this.trash.get(batch)?.files.keys() ?? [])].every((path) => !this.files.has(path));
  }

  restore(batch: string): void {
    const { files, hasCopies } = this.trash.get(batch) ?? { files: new Map<string, Content>(), hasCopies: false };
    for (const [path, content] of files) this.files.set(path, content);
    if (hasCopies || [...files.keys()].some((path) => isModelFile(path) && this.isShared(path))) this.isVague = true;
    this.trash.delete(batch);
  }

  /** Believes the disk, and what the manifests of the trash say. */
  adopt(disk: ShelfDisk): void {
    this.files.clear();
    for (const [path, content] of disk.files) this.files.set(path, content);
    this.trash.clear();
    for (const [id, { files, copies }] of disk.batches) this.trash.set(id, { files, hasCopies: copies.size > 0 });
    this.isVague = false;
  }

  clone(): Oracle {
    const copy = new Oracle(this.files);
    for (const [id, batch] of this.trash) copy.trash.set(id, { ...batch });
    return copy;
  }
}

const isEmpty = (value: unknown): boolean =>
  value === '' || value === false || value === null || (typeof value === 'object' && Object.keys(value).length === 0);

/** The contents of files, in any order. */
export function contentsOf(files: Iterable<readonly [string, Content]>): string[] {
  return [...files]
    .map(([, content]) => (typeof content === 'string' ? content : `sidecar ${JSON.stringify(content)}`))
    .sort();
}
