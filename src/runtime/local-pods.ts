import type { LocalConfig } from "../manifests/local-config.ts";
import type { LocalAddress } from "../proxy/mapped-dialer.ts";

/** The part of kubelane.yaml that says how pods run on this machine. */
export type LocalPods = Pick<LocalConfig, "run" | "attach"> &
  Partial<Pick<LocalConfig, "images" | "stub">>;

/** The Kubernetes API of this cluster, at an address of this machine. */
export interface ApiAccess extends LocalAddress {
  readonly token: string;
}
