import type { CatalogRecord } from '../catalog/catalog-record.js';
import { companionTarget, type Companions } from '../disk/companions.js';
import type { FilePlan, PlannedFile, PlannedMove } from '../disk/file-plan.js';
import { fsErrorCode } from '../disk/fs-error.js';
import { folderOf, nameOf, selfAndAncestors, stemOf, toForwardSlashes } from '../disk/normalise-path.js';
import { pathLockKey } from '../disk/path-locks.js';
import { readRawSidecar, sidecarText, sidecarUnusable } from '../disk/raw-sidecar.js';
import { parseSidecar } from '../disk/sidecar-file.js';
import { ModelshelfError } from '../errors.js';
import type { FileOperations } from '../ports/file-operations.js';
import type { Json } from '../shapes/json.js';
import type { ModelMutations } from './model-mutations.js';

/** How one model gets another path, with everything that belongs to it. */
export interface Relocation {
  readonly from: string;
  readonly to: string;
  readonly files: Required<Pick<FilePlan, 'moves' | 'creates' | 'discards'>>;
  /** Other models whose companions it shares: they are to be read again. */
  readonly touched: readonly string[];
  /** Folders that it makes, outermost first. */
  readonly folders: readonly string[];
}

/** What other relocations that were not carried out yet do to the disk. */
export interface Foreseen {
  /** Paths that will be free. */
  readonly vacated: ReadonlySet<string>;
  /** Lock keys of model paths that will be taken. */
  readonly claimed: ReadonlySet<string>;
}

interface RelocationParts {
  readonly mutations: Pick<ModelMutations, 'companionsOf' | 'isShownByOthers'>;
  readonly files: FileOperations;
}

const NOTHING_FORESEEN: Foreseen = { vacated: new Set(), claimed: new Set() };
/** Companions of two models are copied to the one that leaves up to this size; the rest stays with the other. */
const MAX_COPIED_BYTES = 16 * 1024 * 1024;

/**
 * Plans how a model gets another path: moved, organised, brought back.
 *
 * Invariant: nothing at the target is overwritten or adopted: neither a model nor anything that would become a companion
 * of the model there. To be asked while both paths are locked.
 */
export class ModelRelocations {
  readonly #parts: RelocationParts;

  constructor(parts: RelocationParts) {
    this.#parts = parts;
  }

  /**
   * The paths that will be free when a model has gone to another one. Throws `conflict` when the target is taken, or when a
   * link elsewhere would lead nowhere afterwards.
   */
  async foresee(model: CatalogRecord, to: string, foreseen: Foreseen): Promise<readonly string[]> {
    const companions = await this.#companionsIfFree(model, to, foreseen);
    if (companions === undefined) throw taken(to);
    const { files, sharedWith } = companions;
    return [model.entry.file_path, ...(sharedWith.length > 0 ? [] : files)];
  }

  /** How a model gets another path. Throws as `foresee` does, and `sidecar_unusable`. */
  async plan(model: CatalogRecord, to: string): Promise<Relocation> {
    const plan = await this.planIfFree(model, to);
    if (plan === undefined) throw taken(to);
    return plan;
  }

  /** The same; undefined when the model or any of its companions would meet anything at the target. */
  async planIfFree(model: CatalogRecord, to: string): Promise<Relocation | undefined> {
    const companions = await this.#companionsIfFree(model, to, NOTHING_FORESEEN);
    return companions === undefined ? undefined : this.#plan(model, to, companions);
  }

  async #plan(model: CatalogRecord, to: string, companions: Companions): Promise<Relocation> {
    const from = model.entry.file_path;
    const sidecar = await this.#sidecarAt(to, model, companions);
    const isShared = companions.sharedWith.length > 0;
    const others = companions.files.filter((path) => path !== companions.sidecar);
    const moves: PlannedMove[] = [{ from, to }];
    const creates: PlannedFile[] = sidecar === undefined ? [] : [sidecar];
    if (isShared) {
      creates.push(...(await this.#copies(others, from, to)));
    } else {
      moves.push(...others.map((path) => ({ from: path, to: companionTarget(path, from, to) })));
      // A link that leads nowhere travels as it is.
      if (companions.sidecar !== undefined && sidecar === undefined) {
        moves.push({ from: companions.sidecar, to: companionTarget(companions.sidecar, from, to) });
      }
    }
    return {
      from,
      to,
      files: {
        moves,
        creates,
        discards: sidecar === undefined || isShared || companions.sidecar === undefined ? [] : [companions.sidecar],
      },
      touched: companions.sharedWith,
      folders: await this.#missingFolders(folderOf(to)),
    };
  }

  /** What goes along: a preview that other models show, too, stays with them. */
  async #companionsOf({ entry: { file_path: path } }: CatalogRecord): Promise<Companions> {
    const { mutations } = this.#parts;
    const companions = await mutations.companionsOf(path);
    const leaving = new Set([path]);
    return { ...companions, files: companions.files.filter((file) => !mutations.isShownByOthers(file, path, leaving)) };
  }

  async #companionsIfFree(model: CatalogRecord, to: string, foreseen: Foreseen): Promise<Companions | undefined> {
    const companions = await this.#companionsOf(model);
    if (!(await this.#isFree(companions, to, foreseen))) return undefined;
    await this.#refuseLinked(model);
    return companions;
  }

  async #isFree(companions: Companions, to: string, { vacated, claimed }: Foreseen): Promise<boolean> {
    if (claimed.has(pathLockKey(to))) return false;
    const own = companions.files.map((path) => companionTarget(path, companions.model, to));
    for (const path of [to, ...own]) if (!vacated.has(path) && (await this.#exists(path))) return false;
    if (!(await this.#exists(folderOf(to)))) return true;
    const there = await this.#parts.mutations.companionsOf(to);
    return [...there.files, ...there.sharedWith].every((path) => vacated.has(path));
  }

  /**
   * The sidecar with the new paths; undefined when there is none that is about this model. With one that cannot be used the
   * model would leave the catalog.
   */
  async #sidecarAt(to: string, model: CatalogRecord, companions: Companions): Promise<PlannedFile | undefined> {
    const { sidecar, sharedWith } = companions;
    if (sidecar === undefined || (sharedWith.length > 0 && model.sidecar === null)) return undefined;
    const raw = await readRawSidecar(sidecar, this.#parts.files);
    if (raw === undefined) return undefined;
    const preview = previewAt(to, raw.value['preview_url'], companions);
    const value = {
      ...raw.value,
      file_name: stemOf(nameOf(to)),
      file_path: to,
      ...(preview === undefined ? {} : { preview_url: preview }),
    };
    const content = sidecarText(value, raw.text);
    const checked = parseSidecar(content);
    if (checked.kind !== 'ok') throw sidecarUnusable(sidecar, checked.message);
    return { path: companionTarget(sidecar, companions.model, to), content };
  }

  /** What two models share stays with the one that stays; the other gets its own of everything small. */
  async #copies(companions: readonly string[], from: string, to: string): Promise<PlannedFile[]> {
    const { files } = this.#parts;
    const copies: PlannedFile[] = [];
    for (const path of companions) {
      if ((await files.stat(path)).size > MAX_COPIED_BYTES) continue;
      copies.push({ path: companionTarget(path, from, to), content: await files.readFile(path) });
    }
    return copies;
  }

  async #refuseLinked({ aliases }: CatalogRecord): Promise<void> {
    for (const alias of aliases) {
      const isLink = await this.#parts.files.lstat(alias).then(
        (status) => status.isSymbolicLink(),
        () => false,
      );
      if (!isLink) continue;
      throw new ModelshelfError(
        'conflict',
        `The link "${nameOf(alias)}" leads to this file and would be left dangling`,
      );
    }
  }

  async #missingFolders(folder: string): Promise<string[]> {
    const missing: string[] = [];
    for (const place of selfAndAncestors(folder)) {
      if (await this.#exists(place)) break;
      missing.unshift(place);
    }
    return missing;
  }

  async #exists(path: string): Promise<boolean> {
    try {
      await this.#parts.files.lstat(path);
      return true;
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(fsErrorCode(error))) return false;
      throw error;
    }
  }
}

const taken = (to: string): ModelshelfError => new ModelshelfError('conflict', `Target file already exists: ${to}`);

/** The new path of the preview that a sidecar names; undefined when it names none that comes along. */
function previewAt(to: string, stated: Json | undefined, { model, files }: Companions): string | undefined {
  if (typeof stated !== 'string' || stated === '') return undefined;
  const name = nameOf(toForwardSlashes(stated));
  const companion = files.find((path) => nameOf(path) === name);
  return companion === undefined ? undefined : companionTarget(companion, model, to);
}
