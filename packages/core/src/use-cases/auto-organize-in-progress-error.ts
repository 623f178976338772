import { ModelshelfError } from '../errors.js';

/** A run over models of some type goes on already. */
export class AutoOrganizeInProgressError extends ModelshelfError {
  constructor() {
    super('auto_organize_in_progress', 'Auto-organize is already running. Please wait for it to complete.');
  }
}
