import { access, constants, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { kindOf } from './kind-of.js';
import { readSettingsFolders } from './settings-folders.js';
import { UsageError } from './usage.js';

const frameworks = ['express', 'fastify', 'koa'] as const;
const categories = ['loras', 'checkpoints', 'unet', 'embeddings'];

/** Name of the web framework that serves. */
export type Framework = (typeof frameworks)[number];

/** What the command line asks for, checked. */
export interface ServerOptions {
  readonly help: boolean;
  /** Category to folders; undefined leaves it to the settings file. */
  readonly roots: Readonly<Record<string, string[]>> | undefined;
  /** Whether the settings file names folders of its own. */
  readonly hasSettingsRoots: boolean;
  readonly framework: Framework;
  readonly host: string;
  readonly port: number;
  readonly dataDir: string | undefined;
  readonly settingsFile: string | undefined;
  readonly sites: { civitai?: string; civarchive?: string; huggingface?: string };
}

/** Reads the command line; throws `UsageError` with one line that says what is wrong. */
export async function parseOptions(args: readonly string[]): Promise<ServerOptions> {
  // Who asks for help gets it, whatever else is wrong.
  if (args.includes('--help') || args.includes('-h')) return { ...(await parseOptions([])), help: true };
  const values = parseValues(args);
  const settingsFile = values.settings === undefined ? undefined : resolve(expandHome(values.settings));
  const roots = values.root === undefined ? undefined : await parseRoots(values.root);
  return {
    help: false,
    roots,
    hasSettingsRoots:
      settingsFile !== undefined && (await readSettingsFolders(settingsFile, categories, roots !== undefined)),
    framework: parseFramework(values.framework ?? 'express'),
    host: parseHost(values.host ?? '127.0.0.1'),
    port: parsePort(values.port ?? '8188'),
    settingsFile,
    sites: {
      ...siteOf('civitai', values['civitai-url']),
      ...siteOf('civarchive', values['civarchive-url']),
      ...siteOf('huggingface', values['huggingface-url']),
    },
    // Last: it makes a folder, which a wrong command line should not.
    dataDir: values['data-dir'] === undefined ? undefined : await parseDataDir(values['data-dir']),
  };
}

/** Shells expand `~/` at the beginning of a word only, and some not even there. */
function expandHome(path: string): string {
  return /^~(?:[/\\]|$)/.test(path) ? join(homedir(), path.slice(1)) : path;
}

function parseValues(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        root: { type: 'string', multiple: true },
        framework: { type: 'string' },
        host: { type: 'string' },
        port: { type: 'string' },
        'data-dir': { type: 'string' },
        settings: { type: 'string' },
        'civitai-url': { type: 'string' },
        'civarchive-url': { type: 'string' },
        'huggingface-url': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // Node adds advice behind the first sentence that helps nobody here.
    const [reason = ''] = String(error instanceof Error ? error.message : error).split(/\. |\n/, 1);
    throw new UsageError(reason, { cause: error });
  }
}

async function parseRoots(values: readonly string[]): Promise<Record<string, string[]>> {
  const roots: Record<string, string[]> = {};
  for (const value of values) {
    const at = value.indexOf('=');
    const [category, folder] = [value.slice(0, at), expandHome(value.slice(at + 1))];
    if (at === -1 || folder === '') throw new UsageError(`--root ${value}: expected <type>=<folder>`);
    if (!categories.includes(category)) {
      throw new UsageError(`--root ${value}: the type is one of ${categories.join(', ')}`);
    }
    if ((await kindOf(folder)) !== 'folder') throw new UsageError(`--root ${value}: there is no such folder`);
    (roots[category] ??= []).push(resolve(folder));
  }
  return roots;
}

function parseFramework(value: string): Framework {
  const framework = frameworks.find((name) => name === value);
  if (framework === undefined) throw new UsageError(`--framework ${value}: expected one of ${frameworks.join(', ')}`);
  return framework;
}

function parseHost(value: string): string {
  if (!/^[\w.:[\]-]+$/.test(value)) throw new UsageError(`--host ${value}: expected an address or a host name`);
  return value.replace(/^\[(.*)\]$/, '$1');
}

function parsePort(value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (!(port <= 65_535)) throw new UsageError(`--port ${value}: expected a number from 0 to 65535`);
  return port;
}

async function parseDataDir(value: string): Promise<string> {
  const folder = resolve(expandHome(value));
  if (value === '' || (await kindOf(folder)) === 'file') throw new UsageError(`--data-dir ${value}: expected a folder`);
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new UsageError(`--data-dir ${value}: nothing can be kept there${reason}`, { cause: error });
  }
  return folder;
}

function siteOf(name: 'civitai' | 'civarchive' | 'huggingface', value: string | undefined): Record<string, string> {
  if (value === undefined) return {};
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isOrigin = url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  if (!isOrigin) throw new UsageError(`--${name}-url ${value}: expected an origin such as https://mirror.example`);
  return { [name]: url.origin };
}
