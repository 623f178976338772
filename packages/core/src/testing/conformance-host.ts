import type { RouteHost } from '../http/route-host.js';

/** How a host is to be set up for one run of the suite. */
export interface ConformanceCell {
  /** Where the routes under test are mounted. */
  readonly mount: '' | '/studio';
  /** Whether the host's usual body parsers stand in front of them. */
  readonly hostParsers: boolean;
}

/**
 * What differs between hosts that are all right. Everything else has to be the same everywhere.
 */
export interface ConformanceTraits {
  /** True when the host's own parsers read JSON and urlencoded bodies before the routes under test see them. */
  readonly parsersReadJson: boolean;
  /** True when the host's own parsers read multipart bodies too. */
  readonly parsersReadMultipart: boolean;
  /** True when `GET /host/matched` lists the matched paths that the host's tooling was shown. */
  readonly showsMatchedPaths: boolean;
}

/** A running host. */
export interface StartedHost {
  /** Address of the mount without a trailing slash: `http://127.0.0.1:1234/studio`. */
  readonly url: string;
  /** Default: parsers read JSON when they are asked for, never multipart, and matched paths are not shown. */
  readonly traits?: Partial<ConformanceTraits>;
  /** Closes the server with its connections. */
  close(): Promise<void>;
}

/**
 * Starts a host on a real socket with `library` bound through the adapter under test.
 *
 * The adapter's `principal` option must answer with `conformancePrincipal(headers)`. Besides the library the host has
 * routes of its own, at its root and not below the mount:
 *
 * - `GET /host/before` answers the text `before`; it is registered before the library.
 * - Between the parsers and the library stands a middleware: a request with the header `x-host-drains` has its body
 *   read to the end and thrown away.
 * - `GET /host/ping` answers the text `pong`; like all that follow, it is registered after the library.
 * - `POST /host/echo` answers with the JSON body that the host's own parser made (only where `hostParsers` is set).
 * - `GET /host/fail` throws an error; the host's own error handler answers 500 with the text `host failed`.
 * - `GET /host/errors` answers a JSON array with the messages of the errors that reached the host's error handler.
 * - `GET /host/matched` answers a JSON array with the matched paths of past requests, as the host's tooling sees them.
 * - Everything else is the host's 404 with the text `host has nothing here`.
 */
export type StartHost = (library: RouteHost, cell: ConformanceCell) => Promise<StartedHost>;

/** A running host as the checks see it. */
export interface ConformanceHost extends ConformanceTraits {
  /** Address of the mount without a trailing slash. */
  readonly url: string;
  /** Address of the host itself: scheme, name and port. */
  readonly origin: string;
  readonly mount: string;
  /** Whether the host's usual body parsers stand in front of the library. */
  readonly hasParsers: boolean;
  close(): Promise<void>;
}

/** One promise that every adapter keeps, under an id that never changes its meaning. */
export interface ConformanceCheck {
  /** `MS-001` and so on. */
  readonly id: string;
  readonly title: string;
  /** Rejects with an assertion error when the promise is broken; `'not applicable'` when the host cannot show it. */
  run(host: ConformanceHost): Promise<void | 'not applicable'>;
}

/** What a host says of the caller: the value of a header, so that checks can play different callers. */
export function conformancePrincipal(headers: Readonly<Record<string, string | string[] | undefined>>): unknown {
  return headers['x-conformance-user'];
}

/** The text of the host's own 404. */
export const hostNotFound = 'host has nothing here';

/** The text of the host's own error handler. */
export const hostFailed = 'host failed';

/** Starts a host for a cell and describes it to the checks. */
export async function startConformanceHost(
  start: StartHost,
  library: RouteHost,
  cell: ConformanceCell,
): Promise<ConformanceHost> {
  const started = await start(library, cell);
  const { origin, pathname } = new URL(started.url);
  return {
    parsersReadJson: cell.hostParsers,
    parsersReadMultipart: false,
    showsMatchedPaths: false,
    ...started.traits,
    url: started.url,
    origin,
    mount: pathname === '/' ? '' : pathname,
    hasParsers: cell.hostParsers,
    close: () => started.close(),
  };
}
