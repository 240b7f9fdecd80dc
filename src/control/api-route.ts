import { type ControlRoute, dataRoute } from "./route.ts";

export const API_PATH = "/v1/api";

/** What a client of a running engine's Kubernetes API needs. */
export interface ApiAccess {
  /** `https://127.0.0.1:10443` */
  readonly server: string;
  readonly token: string;
  /** The certificate of the authority to trust, in PEM. */
  readonly ca: string;
}

/** Tells how to reach the Kubernetes API: everybody who can use this socket is the user who runs it. */
export function apiRoute(access: ApiAccess | undefined): ControlRoute {
  return dataRoute(API_PATH, () => access ?? null);
}
