import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder in which the system wants a program to keep a user's data: XDG, Application Support or LocalAppData.
 *
 * Throws when neither the environment nor the system knows a home folder, and only then.
 */
export function userDataDir(platform: NodeJS.Platform, env: Readonly<Record<string, string | undefined>>): string {
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'modelshelf');
  const named = platform === 'win32' ? env['LOCALAPPDATA'] : env['XDG_DATA_HOME'];
  // Asked last: a process without HOME and without an account has no home folder, and asking for it throws.
  if (named !== undefined && named !== '') return join(named, 'modelshelf');
  return join(homedir(), ...(platform === 'win32' ? ['AppData', 'Local'] : ['.local', 'share']), 'modelshelf');
}
