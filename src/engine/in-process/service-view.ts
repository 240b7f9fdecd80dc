import { lookup as systemLookup } from "node:dns";
import type { Balancer } from "../../balancer/balancer.ts";
import type { Dns } from "../../dns/dns.ts";
import type { Lookup, LookupCallback } from "../../dns/lookup.ts";
import type { LocalAddressOf } from "../../proxy/mapped-dialer.ts";
import type { Reach } from "../../proxy/reach.ts";
import type { View } from "../../view/view.ts";
import { connectError, failure } from "./connect-error.ts";
import { createDestinations, type Destinations } from "./destination.ts";

/** The Services of one store as a program in this process sees them. */
export interface ServiceView {
  /** Distinguishes endpoints that have the same address in two views. */
  readonly id: number;
  readonly balancer: Balancer;
  readonly destinations: Destinations;
  readonly localAddressOf: LocalAddressOf;
  /** Asks for a connection to a pod with a network of its own. Absent: there are no such pods. */
  readonly reach?: Reach | undefined;
  /** Like `dns.lookup`, with the answers of the DNS server; other names are left to the system. */
  readonly lookup: Lookup;
}

export interface ServiceViewOptions {
  readonly view: View;
  readonly localAddressOf: LocalAddressOf;
  readonly reach?: Reach | undefined;
  /** DNS for look-ups by name, with the addresses that other processes see. Default: the view's own. */
  readonly dns?: () => Dns;
  /** Why names may be missing in this view; undefined when it is complete. */
  readonly trouble?: () => string | undefined;
}

let views = 0;

/** The system's look-up, saved before anything is patched. */
const SYSTEM_LOOKUP = systemLookup;

export function createServiceView(options: ServiceViewOptions): ServiceView {
  const { view, localAddressOf } = options;
  const { namespace } = view.standpoint;
  const dns = options.dns ?? (() => view.dns);
  const destinations = createDestinations(view, localAddressOf, () => options.trouble?.());
  let inner: Lookup | undefined;
  return {
    id: ++views,
    balancer: view.balancer,
    destinations,
    localAddressOf,
    reach: options.reach,
    lookup: (name: string, given: unknown, done?: LookupCallback) => {
      const callback = done ?? (given as LookupCallback);
      const asked = typeof given === "function" ? {} : (given as object);
      inner ??= dns().lookup({ namespace, fallback: SYSTEM_LOOKUP });
      inner(name, asked, (error, ...found) => {
        callback(error && isOwn(error) ? explained(error, name, options) : error, ...found);
      });
    },
  };
}

/** Our own errors give a reason in their message; the system's don't. */
function isOwn(error: NodeJS.ErrnoException): boolean {
  return error.name === "LookupError";
}

function explained(
  { message }: Error,
  name: string,
  { trouble }: ServiceViewOptions,
): NodeJS.ErrnoException {
  const reason = trouble?.() ?? message.slice(message.indexOf(": ") + 2);
  return connectError(failure("ENOTFOUND", reason), name, undefined);
}
