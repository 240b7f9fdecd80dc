import type { LookupFunction } from "node:net";
import type { LocalAddress } from "./local-address.ts";

/**
 * Asks for a connection to a place that has a {@link LocalAddress.door}.
 * @returns the door's host.
 * @throws like connecting
 */
export type Reach = (place: LocalAddress) => Promise<string>;

/** Where a socket has to connect. */
interface Way {
  readonly host: string;
  readonly port: number;
  readonly lookup?: LookupFunction;
}

/**
 * Where a socket has to connect to reach a place. For a door, the connection is asked for when the socket looks its
 * host up.
 */
export function wayTo({ host, port, door }: LocalAddress, reach: Reach | undefined): Way {
  if (door === undefined || reach === undefined) return { host, port };
  const lookup: LookupFunction = (_name, _options, callback) => {
    reach({ host, port, door }).then(
      (way) => callback(null, way, 4),
      (error: Error) => callback(error, "", 0),
    );
  };
  return { host: "pod.invalid", port: door, lookup };
}
