import { listIfKnown } from "./request.ts";
import { type ControlRoute, dataRoute } from "./route.ts";

const LOST_PATH = "/v1/addresses/lost";

/** An address of this machine that a running engine should serve on, and can't. */
export interface LostPlace {
  readonly service: { readonly namespace: string; readonly name: string };
  /** As the cluster knows it; for a NodePort the host it is offered on. */
  readonly address: string;
  /** Where it is on this machine. */
  readonly host: string;
  readonly port: number;
  readonly protocol: string;
  /** The system's code, or what else is the matter. */
  readonly reason: string;
  /** Who listens there instead, in words. */
  readonly holder?: string;
}

/** Every address that the engine can't serve on now. */
export function lostAddressesRoute(list: () => readonly LostPlace[]): ControlRoute {
  return dataRoute(LOST_PATH, list);
}

/** Those of a running engine; none when it doesn't tell. */
export function lostAddresses(socketPath: string): Promise<readonly LostPlace[]> {
  return listIfKnown(socketPath, LOST_PATH);
}
