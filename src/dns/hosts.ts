import type { Catalog, Topic } from "./catalog.ts";
import type { Settings } from "./options.ts";
import type { Reason, Subject } from "./reason.ts";

/** One host that a name stands for (D.4). */
export interface HostEntry {
  /** An address, or a name (ExternalName, FQDN slices). */
  readonly host: string;
  /** 0 when the host is a name. */
  readonly family: 4 | 6 | 0;
  /** -1 for an endpoint without a declared port. */
  readonly port: number;
  /** The host's own name, left of the zone: the target of SRV records. */
  readonly target: string;
}

/** The object that a name stands for, and its hosts in the order of the objects. */
export interface Hosts {
  /** Undefined: the name does not exist. Empty: it exists and has no hosts. */
  readonly entries: readonly HostEntry[] | undefined;
  /** Undefined when the name does not exist. */
  readonly of: Subject | undefined;
  /** The rule by which there are no entries; undefined when there are some. */
  readonly why: Reason | undefined;
}

/** Where names are looked up; it records the topics that the look-up depends on. */
export interface LookupContext {
  readonly catalog: Catalog;
  readonly settings: Settings;
  readonly topics: Set<Topic>;
}

export const HOLDER: Subject = { kind: "holder" };

/** A name that exists only because there are names below it. */
export const EMPTY_HOSTS: Hosts = { entries: [], of: HOLDER, why: { rule: "empty-name" } };

export function missing(why: Reason): Hosts {
  return { entries: undefined, of: undefined, why };
}

export function hosts(of: Subject, entries: readonly HostEntry[], none?: Reason): Hosts {
  return { entries, of, why: entries.length === 0 ? none : undefined };
}
