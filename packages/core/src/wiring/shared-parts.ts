import type { FileEngine } from '../disk/file-engine.js';
import type { Coordination } from '../ports/coordination.js';
import type { FileOperations } from '../ports/file-operations.js';
import type { ImageOptimizer } from '../ports/image-optimizer.js';
import type { Outbound } from '../ports/outbound.js';
import type { SettingsManager } from '../services/settings/settings-manager.js';
import type { AutoOrganizeProgress } from '../use-cases/auto-organize-progress.js';
import type { WiredRecords } from './wire-records.js';

/** What every library that becomes active shares with the ones before. */
export interface SharedParts {
  readonly settings: SettingsManager;
  readonly records: WiredRecords;
  readonly engine: FileEngine;
  readonly files: FileOperations;
  readonly coordination: Coordination;
  readonly organizeProgress: AutoOrganizeProgress;
  readonly outbound: Outbound;
  readonly optimizer: ImageOptimizer;
}
