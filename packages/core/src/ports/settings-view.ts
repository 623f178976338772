import type { Settings } from '../shapes/settings.js';

/** The settings as the read side sees them: the newest values, never written through. */
export interface SettingsView {
  current(): Settings;
}
