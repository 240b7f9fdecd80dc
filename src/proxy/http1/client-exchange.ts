import type { Picked } from "../../balancer/choice.ts";
import type { RoutedRequest } from "../request-target.ts";
import { chosen, type TrafficEvent } from "../traffic-event.ts";
import type { ClientConnection } from "./client-connection.ts";
import { knownValue } from "./fields.ts";
import type { RequestHead } from "./request-head.ts";

/** One request in the hands of whoever passes it on; what its client's connection tells it. */
export interface ClientExchange {
  start(): void;
  /** More of the client's bytes. @returns false when they are not for this exchange, or not yet. */
  write(chunk: Buffer): boolean;
  /** The client reads on. */
  clientDrained(): void;
  /** The client is gone. */
  abandon(): void;
  /** The endpoint takes too long to answer. */
  timedOut(): void;
}

/** What happened to a request, told when it is over. */
export function tellRequest(
  { address, engine }: ClientConnection,
  { method, target, minor, fields }: RequestHead,
  { route }: RoutedRequest,
  picked: Picked | undefined,
  outcome: Partial<TrafficEvent> & Pick<TrafficEvent, "attempts" | "duration">,
): void {
  engine.context.onTraffic?.({
    kind: "request",
    protocol: `HTTP/1.${minor}`,
    client: address,
    method,
    host: knownValue(fields, "host") ?? "",
    path: target,
    service: route.port.key,
    ...(picked === undefined ? {} : chosen(picked)),
    ...outcome,
  });
}
