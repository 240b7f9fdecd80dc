import type { Client } from "../../../balancer/choice.ts";
import type { Engine } from "../../exchange/engine.ts";
import { FieldSection } from "../../exchange/field-section.ts";
import { ErrorCode } from "../../http2/error-code.ts";
import type { RequestHead } from "../../http2/request-head.ts";
import type { Stream } from "../../http2/stream.ts";
import { StreamChannel } from "../../http2/stream-channel.ts";
import type { RoutedRequest } from "../../request-target.ts";
import type { Ends } from "../../transport/connection.ts";
import { tunnel } from "../../tunnel.ts";
import { respondRefusal } from "./stream-refusal.ts";

/**
 * CONNECT: after the answer the stream is a tunnel (RFC 9113 section 8.5).
 * @param ends both addresses of its connection
 */
export function openStreamTunnel(
  stream: Stream<RequestHead>,
  head: RequestHead,
  ends: Ends,
  client: Client,
  { route, host }: RoutedRequest,
  { context, home }: Engine,
): void {
  const { address = "" } = client;
  tunnel(new StreamChannel(stream, ErrorCode.CONNECT_ERROR), ends, context, {
    route,
    client,
    about: { kind: "tunnel", protocol: "CONNECT", client: address, method: "CONNECT", host },
    ready() {
      stream.sendHead([":status", "200"], FieldSection.EMPTY, false);
    },
    refused(why) {
      respondRefusal(stream, head, why, home);
      stream.leave();
    },
    onTraffic: context.onTraffic,
    idleTime: context.limits.streamIdleTime,
  });
}
