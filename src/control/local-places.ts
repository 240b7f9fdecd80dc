import { answerIfKnown } from "./request.ts";
import { type ControlRoute, sendJson } from "./route.ts";

const PLACES_PATH = "/v1/pods/places";

/** Where a local pod is on this machine. */
export interface LocalPlace {
  readonly namespace: string;
  readonly name: string;
  /** A network namespace of its own, or the machine's network. */
  readonly network: "pods" | "host";
}

export function localPlacesRoute(list: () => readonly LocalPlace[]): ControlRoute {
  return {
    method: "GET",
    path: PLACES_PATH,
    handle: (_subject, _request, response) => sendJson(response, 200, list()),
  };
}

/** Those of a running engine; none when it doesn't tell. */
export async function localPlaces(socketPath: string): Promise<readonly LocalPlace[]> {
  return ((await answerIfKnown(socketPath, PLACES_PATH)) ?? []) as readonly LocalPlace[];
}
