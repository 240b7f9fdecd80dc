import { isLoopback } from "../net/loopback.ts";

/** Where the request came from before it came to the gateway. */
export interface Forwarded {
  readonly for: string;
  readonly host: string;
  readonly proto: string;
  /** Whether the client is believed; who isn't can't say it in the Forwarded header (RFC 7239) either. */
  readonly trusted: boolean;
}

/** Whose `X-Forwarded-*` headers count: nobody's, those of clients on this machine, or everybody's. */
export type TrustForwarded = "never" | "loopback" | "always";

/** Whether a client is believed in what it says of where a request came from. */
export function isTrusted(client: string, trust: TrustForwarded): boolean {
  return trust === "always" || (trust === "loopback" && isLoopback(client));
}

/**
 * X-Forwarded-For, -Host and -Proto for the pod. A trusted client's own are kept: its list of addresses is
 * added to, host and protocol stay what the first proxy saw.
 * @param sent what the client sent of the three.
 * @param scheme by which it came to the gateway.
 */
export function forwardedFor(
  client: string,
  host: string,
  trust: TrustForwarded,
  sent: { for?: string | undefined; host?: string | undefined; proto?: string | undefined },
  scheme: "http" | "https" = "http",
): Forwarded {
  const trusted = isTrusted(client, trust);
  if (!trusted) return { for: client, host, proto: scheme, trusted };
  return {
    for: sent.for === undefined || sent.for === "" ? client : `${sent.for}, ${client}`,
    host: sent.host ?? host,
    proto: sent.proto ?? scheme,
    trusted,
  };
}

/** The three as HTTP/1.1 field lines, and as names and values in turn. */
export function forwardedLines({ for: clients, host, proto }: Forwarded): string {
  return `X-Forwarded-For: ${clients}\r\nX-Forwarded-Host: ${host}\r\nX-Forwarded-Proto: ${proto}\r\n`;
}

export function forwardedPairs({ for: clients, host, proto }: Forwarded): string[] {
  return ["x-forwarded-for", clients, "x-forwarded-host", host, "x-forwarded-proto", proto];
}
