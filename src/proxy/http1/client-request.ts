import type { Picked } from "../../balancer/choice.ts";
import type { EndpointSearch } from "../endpoint-search.ts";
import type { Refusal } from "../refusal.ts";
import { refusalAnswer } from "../refusal-answer.ts";
import type { RoutedRequest } from "../request-target.ts";
import { type Session, sessionOf } from "../session-key.ts";
import { chosen, type TrafficEvent } from "../traffic-event.ts";
import type { Admission } from "./admission.ts";
import type { Body } from "./body.ts";
import type { ClientConnection } from "./client-connection.ts";
import { valuesOf } from "./field-lines.ts";
import { knownValue } from "./fields.ts";
import type { RequestHead } from "./request-head.ts";

/** One request of a client's connection: what every way of passing it on begins with, and can end with. */
export class ClientRequest {
  readonly connection: ClientConnection;
  readonly head: RequestHead;
  readonly routed: RoutedRequest;
  readonly body: Body | undefined;
  readonly session: Session | undefined;
  readonly search: EndpointSearch;
  /** All of it was read from the client. */
  done: boolean;
  /** The client's connection ends with the answer. */
  closes: boolean;
  readonly #began = performance.now();

  constructor(
    connection: ClientConnection,
    head: RequestHead,
    { body, persistent }: Admission,
    routed: RoutedRequest,
  ) {
    this.connection = connection;
    this.head = head;
    this.routed = routed;
    this.body = body;
    this.done = body === undefined;
    this.closes = !persistent;
    const { session: rule } = routed.route;
    this.session = rule && sessionOf(rule, (name) => valuesOf(head, name));
    this.search = connection.search(routed.route, this.session);
  }

  /** Answers it in place of a pod. */
  refuse(why: Refusal, picked: Picked | undefined): void {
    const { connection, head } = this;
    const closing = !this.done || this.closes || connection.engine.draining;
    const accept = knownValue(head.fields, "accept");
    connection.socket.write(refusalAnswer(why, { accept, method: head.method }, closing));
    this.tell(picked, { status: why.status, refusal: why });
    if (closing) connection.endAfterAnswer();
    else connection.next();
  }

  /** What happened to it, once it is over. */
  tell(picked: Picked | undefined, outcome: Partial<TrafficEvent>): void {
    const { address, engine } = this.connection;
    const { onTraffic } = engine.context;
    if (onTraffic === undefined) return;
    const { method, target, minor, fields } = this.head;
    onTraffic({
      kind: "request",
      protocol: `HTTP/1.${minor}`,
      client: address,
      method,
      host: knownValue(fields, "host") ?? "",
      path: target,
      service: this.routed.route.port.key,
      attempts: this.search.attempts,
      duration: performance.now() - this.#began,
      ...(picked === undefined ? {} : chosen(picked)),
      ...outcome,
    });
  }
}
