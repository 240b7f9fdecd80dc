import { isLoopback } from "../net/loopback.ts";

/** Where the request came from before it came to the gateway. */
export interface Forwarded {
  readonly for: string;
  readonly host: string;
  readonly proto: string;
  /** Whether the client is believed; who isn't can't say it in the Forwarded header (RFC 7239) either. */
  readonly trusted: boolean;
}

/**
 * X-Forwarded-For, -Host and -Proto for the pod. A trusted client's own are kept: its list of addresses is
 * added to, host and protocol stay what the first proxy saw.
 * @param sent what the client sent of the three.
 */
export function forwardedHeaders(
  client: string,
  host: string,
  trusted: boolean,
  sent: { for?: string | undefined; host?: string | undefined; proto?: string | undefined },
): Forwarded {
  if (!trusted) return { for: client, host, proto: "http", trusted };
  return {
    for: sent.for === undefined || sent.for === "" ? client : `${sent.for}, ${client}`,
    host: sent.host ?? host,
    proto: sent.proto ?? "http",
    trusted,
  };
}

export type TrustForwarded = "never" | "loopback" | "always";

export function isTrusted(setting: TrustForwarded, client: string): boolean {
  return setting === "always" || (setting === "loopback" && isLoopback(client));
}
