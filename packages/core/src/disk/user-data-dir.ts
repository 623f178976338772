import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder in which the system wants a program to keep a user's data: XDG, Application Support or LocalAppData. */
export function userDataDir(platform: NodeJS.Platform, env: Readonly<Record<string, string | undefined>>): string {
  const home = homedir();
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'modelshelf');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'modelshelf');
  return join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'modelshelf');
}
