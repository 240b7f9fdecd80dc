import type {
  AttachEntry,
  ContainerMode,
  ImageEntry,
  RunEntry,
  StubEntry,
} from "../manifests/local-config.ts";
import type { LocalAddress } from "../proxy/local-address.ts";

/** The part of kubelane.yaml that says how pods run on this machine. */
export interface LocalPods {
  readonly run: readonly RunEntry[];
  readonly attach: readonly AttachEntry[];
  readonly images?: readonly ImageEntry[];
  readonly stub?: readonly StubEntry[];
  /** Default: `off`. */
  readonly containers?: ContainerMode;
}

/** The Kubernetes API of this cluster, at an address of this machine. */
export interface ApiAccess extends LocalAddress {
  readonly token: string;
}
