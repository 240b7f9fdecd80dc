import type { Catalog, Topic } from "./catalog.ts";
import type { Settings } from "./options.ts";
import type { Reason, Subject } from "./reason.ts";

/** One host that a name stands for (D.4). */
export interface HostEntry {
  /** An address, or a name (ExternalName, FQDN slices). */
  readonly host: string;
  /** 0 when the host is a name. */
  readonly family: 4 | 6 | 0;
  /** -1 when no port is declared. */
  readonly port: number;
  /** The name of the host itself, left of the zone: what SRV records point to. */
  readonly target: string;
}

/** What a name stands for, and its hosts in the order of the objects. */
export interface Hosts {
  /** Undefined: the name does not exist. Empty: it exists and holds none. */
  readonly entries: readonly HostEntry[] | undefined;
  /** Undefined when the name does not exist. */
  readonly of: Subject | undefined;
  /** The rule by which there are no entries; undefined when there are some. */
  readonly why: Reason | undefined;
}

/** What names are looked up in, and what the look-up came to depend on. */
export interface LookupContext {
  readonly catalog: Catalog;
  readonly settings: Settings;
  readonly topics: Set<Topic>;
}

export const HOLDER: Subject = { kind: "holder" };

/** A name that exists to hold other names. */
export const EMPTY_HOSTS: Hosts = { entries: [], of: HOLDER, why: { rule: "empty-name" } };

export function missing(why: Reason): Hosts {
  return { entries: undefined, of: undefined, why };
}

export function hosts(of: Subject, entries: readonly HostEntry[], none?: Reason): Hosts {
  return { entries, of, why: entries.length === 0 ? none : undefined };
}
