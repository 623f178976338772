import type { Authorize, BodyLimits } from '../http/route-host.js';
import type { ModelType } from '../model-types/model-type.js';
import type { Clock } from '../ports/clock.js';
import type { Coordination } from '../ports/coordination.js';
import type { FileOperations } from '../ports/file-operations.js';
import type { ImageOptimizer } from '../ports/image-optimizer.js';
import type { IndexStore } from '../ports/index-store.js';
import type { Logger } from '../ports/logger.js';
import type { Outbound } from '../ports/outbound.js';
import type { PageRenderer } from '../ports/page-renderer.js';
import type { RouteExtension } from '../routes/route-extension.js';
import type { ConfiguredFolder } from '../shapes/root-scan-policy.js';
import type { SiteOrigins } from '../shapes/site-origins.js';

/**
 * Category (`loras`, `checkpoints`, `unet`, `embeddings`, or of a type of your own) to folders. A folder is a path, or a
 * path with when to compare it with the disk: `off`, `on-demand` (the default), `interval` or `watch`.
 *
 * @example
 * const roots = { loras: ['./loras', { path: '/mnt/nas/loras', scan: 'interval', everySeconds: 600 }] };
 */
export type RootsConfiguration = Readonly<Record<string, readonly ConfiguredFolder[] | undefined>>;

/** How digests are computed. */
export interface DigestOptions {
  /**
   * Whether the AutoV3 of a safetensors file of which nothing states one is computed in the same reading, which then takes
   * up to twice the time. Default false.
   */
  readonly autov3?: boolean;
  /** Files of one disk that are read at the same time. Default 1. */
  readonly streamsPerDisk?: number;
}

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
  /** Whether missing digests are computed in the background, and how. Default true. */
  readonly digests?: boolean | DigestOptions;
  /**
   * Keeps what a scan found, so that the next start need not look: by default a file store in `dataDir`; `false` scans at
   * every start.
   */
  readonly index?: IndexStore | false;
  /** The usage counts of the Python plugin, a JSON file: taken over once, while there are none here, and never written. */
  readonly usageFile?: string;
  /** Origins of the remote catalogues, such as those of a mirror or of a test. */
  readonly sites?: Partial<SiteOrigins>;
  /** What becomes of deleted models: they are kept for 30 days unless this says otherwise. */
  readonly trash?: { readonly retentionDays?: number };
  /** Makes previews of pictures: by default `sharp` where it is installed, else they are stored as they are. */
  readonly imageOptimizer?: ImageOptimizer;
  /** Byte limits of previews: 32 MiB of a picture, 64 MiB of a video. */
  readonly previewLimits?: { readonly image?: number; readonly video?: number };
  /** Downloads what clients name by URL: by default from public addresses only. */
  readonly outbound?: Outbound;
  /** Leases of what only one may do at a time: by default those of this process. */
  readonly coordination?: Coordination;
  /** Everything that changes files of the library, one system call each: for storages of a host's own, and for tests. */
  readonly files?: FileOperations;
  readonly logger?: Logger;
  readonly clock?: Clock;
}
