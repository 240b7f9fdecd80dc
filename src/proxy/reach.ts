import type { LookupFunction } from "node:net";
import type { LocalAddress } from "./local-address.ts";

/** Opens a way to a place that has a {@link LocalAddress.door}. @returns the door's host. @throws as connecting does */
export type Reach = (place: LocalAddress) => Promise<string>;

/** What a socket is to connect to. */
interface Way {
  readonly host: string;
  readonly port: number;
  readonly lookup?: LookupFunction;
}

/** Where a place is connected to. For a door, asking for the way takes the part of looking up a name. */
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
