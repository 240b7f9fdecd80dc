import type { LookupAddress, LookupOptions, lookup as systemLookup } from "node:dns";
import { isIP } from "node:net";
import type { PodView } from "./pod-view.ts";
import type { Resolution } from "./resolution.ts";
import { shuffleAddresses } from "./shuffle.ts";

/** The callback of Node's `dns.lookup`. */
export type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/** The signature of `dns.lookup`, for `net.connect`, `http.Agent` and undici. */
export interface Lookup {
  (hostname: string, callback: LookupCallback): void;
  (hostname: string, options: LookupOptions | number, callback: LookupCallback): void;
}

/** The order of IPv4 and IPv6 addresses, as an option of Node's `dns.lookup`. */
export type AddressOrder = "verbatim" | "ipv4first" | "ipv6first";

export interface SearchContext {
  /** The search list that applies. */
  readonly view: PodView;
  /** Asks for a full name, at the upstream too. */
  readonly query: (name: string, type: string) => Promise<Resolution>;
  readonly isOurs: (name: string) => boolean;
  readonly explain: (name: string, type: string) => string;
  /** Looks up names outside our zones. */
  readonly fallback: typeof systemLookup;
  /** For the order of addresses, which servers rotate as well (D.5). */
  readonly random: () => number;
}

/** The error for a name without an address, as `dns.lookup` reports it, with the reason in its message. */
class LookupError extends Error implements NodeJS.ErrnoException {
  override readonly name = "LookupError";
  readonly code = "ENOTFOUND";
  readonly errno = -3008;
  readonly syscall = "getaddrinfo";
  readonly hostname: string;

  constructor(hostname: string, reason: string) {
    super(`getaddrinfo ENOTFOUND ${hostname}: ${reason}`);
    this.hostname = hostname;
  }
}

/**
 * Service names in any Node program: tries the search list, then the system for names that are not in our
 * zones. Answers like `dns.lookup`, honouring `all`, `family` and `order`.
 */
export function createLookup(context: SearchContext): Lookup {
  return (
    hostname: string,
    optionsOrCallback: LookupOptions | number | LookupCallback,
    maybeCallback?: LookupCallback,
  ) => {
    const callback = (maybeCallback ?? optionsOrCallback) as LookupCallback;
    const given = typeof optionsOrCallback === "function" ? {} : optionsOrCallback;
    const options: LookupOptions = typeof given === "number" ? { family: given } : (given ?? {});
    find(hostname, options, context).then(
      (addresses) => {
        if (addresses === undefined) {
          context.fallback(hostname, options, callback as never);
        } else if (options.all) {
          callback(null, addresses);
        } else {
          const [first] = addresses as [LookupAddress];
          callback(null, first.address, first.family);
        }
      },
      (error: NodeJS.ErrnoException) => callback(error, options.all ? [] : "", 0),
    );
  };
}

/** undefined: the name is outside our zones, so the system is asked. */
async function find(
  hostname: string,
  options: LookupOptions,
  { view, query, isOurs, explain, fallback, random }: SearchContext,
): Promise<LookupAddress[] | undefined> {
  const literal = isIP(hostname);
  if (literal !== 0) return [{ address: hostname, family: literal }];
  const family = familyOf(options.family);
  const types = family === 4 ? ["A"] : family === 6 ? ["AAAA"] : ["A", "AAAA"];
  for (const candidate of view.candidates(hostname)) {
    if (!isOurs(candidate)) continue;
    const resolutions = await Promise.all(types.map((type) => query(candidate, type)));
    const addresses = resolutions.flatMap(({ answers }) =>
      addressesOf(shuffleAddresses(answers, random)),
    );
    if (addresses.length > 0) return ordered(addresses, orderOf(options));
    const alias = resolutions.flatMap(({ answers }) => answers).at(-1);
    // The target of an ExternalName is outside our zones, and without an upstream it is looked up like any other such
    // name.
    if (alias?.type === "CNAME" && !isOurs(alias.data)) {
      return lookUpOutside(alias.data, options, fallback);
    }
  }
  const full = hostname.endsWith(".") ? hostname : `${hostname}.`;
  if (!isOurs(full)) return undefined;
  throw new LookupError(hostname, explain(full, types[0] as string));
}

function lookUpOutside(
  name: string,
  options: LookupOptions,
  fallback: typeof systemLookup,
): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    fallback(name.replace(/\.$/, ""), { ...options, all: true }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });
}

function addressesOf(answers: Resolution["answers"]): LookupAddress[] {
  return answers.flatMap((record) => {
    if (record.type === "A") return [{ address: record.data, family: 4 }];
    return record.type === "AAAA" ? [{ address: record.data, family: 6 }] : [];
  });
}

function familyOf(family: LookupOptions["family"]): number {
  if (family === "IPv4") return 4;
  if (family === "IPv6") return 6;
  return family ?? 0;
}

function orderOf(options: LookupOptions): AddressOrder {
  // Newer than the oldest supported Node, so its types may lack it.
  const { order } = options as { order?: AddressOrder };
  return order ?? (options.verbatim === false ? "ipv4first" : "verbatim");
}

function ordered(addresses: LookupAddress[], order: AddressOrder): LookupAddress[] {
  if (order === "verbatim") return addresses;
  const first = order === "ipv4first" ? 4 : 6;
  return [
    ...addresses.filter(({ family }) => family === first),
    ...addresses.filter(({ family }) => family !== first),
  ];
}
