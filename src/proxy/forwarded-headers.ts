import { isLoopback } from "../net/loopback.ts";

/** The origin of a request, before any proxy. */
export interface Forwarded {
  readonly for: string;
  readonly host: string;
  readonly proto: string;
  /** Whether the client's own statements are kept. Otherwise its Forwarded header (RFC 7239) is dropped as well. */
  readonly trusted: boolean;
}

/** Whose `X-Forwarded-*` headers count: nobody's, those of clients on this machine, or everybody's. */
export type TrustForwarded = "never" | "loopback" | "always";

/** Whether a client is trusted to say where a request came from. */
export function isTrusted(client: string, trust: TrustForwarded): boolean {
  return trust === "always" || (trust === "loopback" && isLoopback(client));
}

/**
 * X-Forwarded-For, -Host and -Proto for the pod. What a trusted client sent is kept: its address is appended to the
 * list, and host and protocol stay those that the first proxy saw.
 * @param sent what the client sent of the three.
 * @param scheme with which it reached the gateway.
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
