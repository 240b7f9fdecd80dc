import { listIfKnown } from "./request.ts";
import { type ControlRoute, dataRoute } from "./route.ts";

const LOST_PATH = "/v1/addresses/lost";

/** An address of this machine that a running engine should listen on, and can't. */
export interface LostPlace {
  readonly service: { readonly namespace: string; readonly name: string };
  /** The address in the cluster; for a NodePort the host that it is offered on. */
  readonly address: string;
  /** Where it is on this machine. */
  readonly host: string;
  readonly port: number;
  readonly protocol: string;
  /** The system's code, or another reason. */
  readonly reason: string;
  /** The program that listens there instead, in words. */
  readonly holder?: string;
}

/** All addresses that the engine can't listen on at present. */
export function lostAddressesRoute(list: () => readonly LostPlace[]): ControlRoute {
  return dataRoute(LOST_PATH, list);
}

/** Those of a running engine; none when it doesn't offer them. */
export function lostAddresses(socketPath: string): Promise<readonly LostPlace[]> {
  return listIfKnown(socketPath, LOST_PATH);
}
