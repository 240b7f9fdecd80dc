import type { HeaderChange } from "./http-filter.ts";

/** A port of a Service that requests go to. */
export interface RouteBackend {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  /** How many of all requests it gets, in relation to the others. */
  readonly weight: number;
  readonly tls: BackendTls | undefined;
  readonly requestHeaders: readonly HeaderChange[];
  readonly responseHeaders: readonly HeaderChange[];
  /** Why requests that it would get are refused: it is no Service, or nobody granted the reference. */
  readonly problem: string | undefined;
}

/** How a connection to a backend is encrypted. */
export interface BackendTls {
  /** Equal ids mean equal settings. */
  readonly id: string;
  /** The name in the certificate, which is also sent as the server's name; empty for none. */
  readonly hostname: string;
  /** Certificates of authorities, in PEM; absent: those that the system trusts. */
  readonly ca: readonly string[] | undefined;
  /** Other names of which the certificate must have one; then `hostname` is not looked for in it. */
  readonly names: readonly { readonly type: "dns" | "uri"; readonly value: string }[];
  /** What the gateway shows the backend. */
  readonly client: { readonly cert: string; readonly key: string } | undefined;
  /** Whether the certificate is looked at. */
  readonly isVerified: boolean;
}
