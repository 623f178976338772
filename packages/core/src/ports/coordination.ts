/** The right to do something that only one may do at a time. */
export interface Lease {
  /** Gives the right back; a second call does nothing. */
  release(): void;
}

/** Single flight, over everything that shares one of these: a host of several processes puts its own in the place. */
export interface Coordination {
  /** The lease of this name, or undefined while somebody holds it; decided without a turn in between. */
  tryAcquire(name: string): Lease | undefined;
}

/** Leases of one process. */
export function inProcessCoordination(): Coordination {
  const held = new Set<string>();
  return {
    tryAcquire(name) {
      if (held.has(name)) return undefined;
      held.add(name);
      let isHeld = true;
      return {
        release: () => {
          // A lease that was given back may be somebody else's by now.
          if (isHeld) held.delete(name);
          isHeld = false;
        },
      };
    },
  };
}
