import type { Authorize, BodyLimits } from '../http/route-host.js';
import type { ModelType } from '../model-types/model-type.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { PageRenderer } from '../ports/page-renderer.js';
import type { RouteExtension } from '../routes/route-extension.js';
import type { SiteOrigins } from '../shapes/site-origins.js';

/** Category (`loras`, `checkpoints`, `unet`, `embeddings`, or of a type of your own) to folders. */
export type RootsConfiguration = Readonly<Record<string, readonly string[] | undefined>>;

/** Everything that a host may say about a library; each part has a default. */
export interface ModelLibraryOptions {
  /** Where the models lie; without it, the folder paths of the settings file. Relative paths start at the process. */
  readonly roots?: RootsConfiguration;
  /** Folders that come after `roots`, such as those of another program. */
  readonly extraRoots?: RootsConfiguration;
  /** Where records are kept: digests first of all. Without it, a folder of the user that the system provides for data. */
  readonly dataDir?: string;
  /** A settings file, read at the start. */
  readonly settingsFile?: string;
  /** Renders the pages; without it no page route is bound. */
  readonly pages?: PageRenderer;
  /** Model types besides loras, checkpoints and embeddings. */
  readonly modelTypes?: readonly ModelType[];
  /** Routes of the host's own. */
  readonly extensions?: readonly RouteExtension[];
  /** Decides about every request over HTTP; without it, every one that reaches the library may pass. */
  readonly authorize?: Authorize;
  /** Origins besides the request's own whose pages may call writing routes. */
  readonly trustedOrigins?: readonly string[];
  /** What links begin with behind a reverse proxy that rewrites paths; default: where the host mounted the library. */
  readonly publicBasePath?: string;
  /** False leaves out the GET form of routes that write. Default true: clients of the reference use it. */
  readonly legacyGetWrites?: boolean;
  /** Byte limits of request bodies: 4 MiB of JSON, 64 MiB a file, 1,000 parts. */
  readonly limits?: Partial<BodyLimits>;
  /** Whether missing digests are computed in the background. Default true. */
  readonly digests?: boolean;
  /** Origins of the remote catalogues, such as those of a mirror or of a test. */
  readonly sites?: Partial<SiteOrigins>;
  readonly logger?: Logger;
  readonly clock?: Clock;
}
