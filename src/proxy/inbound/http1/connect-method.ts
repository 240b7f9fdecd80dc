import { refusalAnswer } from "../../refusal-answer.ts";
import type { RoutedRequest } from "../../request-target.ts";
import { linger } from "../../transport/linger.ts";
import { tunnel } from "../../tunnel.ts";
import type { RequestConnection } from "./request-connection.ts";

/** CONNECT: from the answer on, the connection is a tunnel (RFC 9110 section 9.3.6). */
export function openTunnel(connection: RequestConnection, { route, host }: RoutedRequest): void {
  const { transport, address, client } = connection;
  const { context } = connection.engine;
  const ahead = connection.takeAhead();
  connection.handOver();
  transport.pause();
  tunnel(transport, transport, context, {
    route,
    client,
    about: { kind: "tunnel", protocol: "CONNECT", client: address, method: "CONNECT", host },
    ready(upstream) {
      transport.writeText("HTTP/1.1 200 Connection established\r\n\r\n");
      if (ahead !== undefined) upstream.write(ahead);
    },
    refused(why) {
      transport.writeText(refusalAnswer(why, { method: "CONNECT" }, true));
      linger(transport);
    },
    onTraffic: context.onTraffic,
    idleTime: context.limits.streamIdleTime,
  });
}
