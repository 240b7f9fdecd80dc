import type { HeaderChange } from "./http-filter.ts";

/** A Service port that requests are sent to. */
export interface RouteBackend {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  /** Its weight relative to the other backends. */
  readonly weight: number;
  readonly tls: BackendTls | undefined;
  readonly requestHeaders: readonly HeaderChange[];
  readonly responseHeaders: readonly HeaderChange[];
  /** Why its requests are refused: it is not a Service, or the reference is not granted. */
  readonly problem: string | undefined;
}

/** TLS settings of connections to a backend. */
export interface BackendTls {
  /** Equal ids mean equal settings. */
  readonly id: string;
  /** The name that the certificate must have, also sent as server name; empty for none. */
  readonly hostname: string;
  /** Certificates of authorities, in PEM; absent: those that the system trusts. */
  readonly ca: readonly string[] | undefined;
  /** Other names of which the certificate must have one; then it need not have `hostname`. */
  readonly names: readonly { readonly type: "dns" | "uri"; readonly value: string }[];
  /** The client certificate that the gateway presents. */
  readonly client: { readonly cert: string; readonly key: string } | undefined;
  /** Whether the certificate is verified. */
  readonly isVerified: boolean;
}
