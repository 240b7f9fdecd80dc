import { listIfKnown } from "./request.ts";
import { type ControlRoute, dataRoute } from "./route.ts";

const PLACES_PATH = "/v1/pods/places";

/** Where a local pod is on this machine. */
export interface LocalPlace {
  readonly namespace: string;
  readonly name: string;
  /** A network namespace of its own, or the machine's network. */
  readonly network: "pods" | "host";
  /** What it listens on, and the port of 127.0.0.1 that leads there. */
  readonly exposed?: readonly { readonly port: number; readonly at: number }[];
}

export function localPlacesRoute(list: () => readonly LocalPlace[]): ControlRoute {
  return dataRoute(PLACES_PATH, list);
}

/** Those of a running engine; none when it doesn't tell. */
export function localPlaces(socketPath: string): Promise<readonly LocalPlace[]> {
  return listIfKnown(socketPath, PLACES_PATH);
}
