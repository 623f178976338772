import type { Call, Part } from '../ports/call.js';
import type { HostRequest } from './contract.js';
import { headerValue } from './header-value.js';
import { readParts } from './read-multipart.js';
import type { RequestBody } from './request-body.js';
import type { HttpPolicy } from './route-host.js';

/** What a handler learns of a request; made when it is asked for. */
export class HostCall implements Call {
  readonly path: string;
  readonly principal: unknown;
  readonly #request: HostRequest;
  readonly #policy: HttpPolicy;
  readonly #body: RequestBody | undefined;

  /** `body` only on multipart routes: on all others it was read before the handler runs. */
  constructor(
    request: HostRequest,
    path: string,
    principal: unknown,
    policy: HttpPolicy,
    body: RequestBody | undefined,
  ) {
    this.path = path;
    this.principal = principal;
    this.#request = request;
    this.#policy = policy;
    this.#body = body;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }

  get basePath(): string {
    return this.#policy.publicBasePath ?? this.#request.mountPath;
  }

  get lastEventId(): number | undefined {
    const value = headerValue(this.#request.headers, 'last-event-id')?.trim() ?? '';
    const id = /^\d+$/.test(value) ? Number(value) : undefined;
    return Number.isSafeInteger(id) ? id : undefined;
  }

  parts(): AsyncIterable<Part> {
    if (this.#body === undefined) throw new Error("parts() belongs to routes whose body is 'multipart'");
    return readParts(this.#body, this.#policy.limits);
  }
}
