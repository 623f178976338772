import type { ProgressEvents } from '@modelshelf/core';
import { ProgressEmitter, ProgressSnapshots } from '@modelshelf/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProgressLine } from '../src/progress-line.js';
