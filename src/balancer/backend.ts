import { hostPort } from "../net/host-port.ts";
import type { Endpoint } from "../objects/endpoint-slice.ts";
import type { EndpointLoad } from "./endpoint-load.ts";

/** One endpoint of one service port: an address to dial, with what the slices say of it. */
export interface Backend {
  readonly address: string;
  readonly port: number;
  readonly endpoint: Endpoint;
  /** Others that are ready and have the same address: it goes by their names as well. */
  readonly twins?: readonly Endpoint[];
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** On the emulated node; always so when none is emulated or the endpoint names none (P.3). */
  readonly local: boolean;
  readonly load: EndpointLoad;
}

export function backendId(address: string, port: number): string {
  return hostPort(address, port);
}
