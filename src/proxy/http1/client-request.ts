import type { Picked } from "../../balancer/choice.ts";
import { EndpointSearch } from "../endpoint-search.ts";
import { type Forwarded, forwardedFor } from "../forwarded-headers.ts";
import { inSession } from "../gateway-client.ts";
import { type Refusal, refusal } from "../refusal.ts";
import { refusalAnswer } from "../refusal-answer.ts";
import type { RoutedRequest } from "../request-target.ts";
import { type Session, sessionOf } from "../session-key.ts";
import { chosen, type TrafficEvent } from "../traffic-event.ts";
import { overdue } from "../unanswered.ts";
import type { Admission } from "./admission.ts";
import type { Body } from "./body.ts";
import type { ClientConnection } from "./client-connection.ts";
import { valuesOf } from "./field-lines.ts";
import { knownValue, listValue } from "./fields.ts";
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
  /** The client's connection ends with the answer, whatever else happens. */
  closes: boolean;
  /** Of the pod's answer; 0 before it has begun. */
  status = 0;
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
    const { client, engine } = connection;
    this.search = new EndpointSearch(engine.context, routed.route, inSession(client, this.session));
  }

  /** What the pod is told of who asked. */
  forwarded(): Forwarded {
    const { address, engine } = this.connection;
    const { fields } = this.head;
    return forwardedFor(address, this.routed.host, engine.context.trustForwarded, {
      for: listValue(fields, "x-forwarded-for"),
      host: knownValue(fields, "x-forwarded-host"),
      proto: knownValue(fields, "x-forwarded-proto"),
    });
  }

  /** Whether an answer that begins now has to say that the connection ends with it. */
  get isLast(): boolean {
    return this.closes || !this.done || this.connection.engine.draining;
  }

  /** Answers it in place of a pod. */
  refuse(why: Refusal, picked: Picked | undefined): void {
    const { connection, head } = this;
    this.closes = this.isLast;
    const accept = knownValue(head.fields, "accept");
    connection.socket.write(refusalAnswer(why, { accept, method: head.method }, this.closes));
    this.tell(picked, { status: why.status, refusal: why });
    this.#leave();
  }

  /** The pod took too long to answer. */
  refuseOverdue(picked: Picked): void {
    this.refuse(overdue(picked, this.connection.engine.context.limits.responseTime), picked);
  }

  /** The client's body is none. */
  refuseBody(picked: Picked | undefined): void {
    if (this.status !== 0) {
      // A refusal would be taken for part of the answer.
      this.breakOff(picked, "client");
      return;
    }
    this.refuse(refusal(400, "bad-request", "a body that is not properly chunked"), picked);
  }

  /** The pod's answer is complete. */
  answered(picked: Picked): void {
    this.tell(picked, {});
    this.#leave();
  }

  /**
   * Part of the pod's answer is out and no more will come: all that can be said is that it isn't whole.
   * @param aborted by whom.
   */
  breakOff(picked: Picked | undefined, aborted: "client" | "endpoint"): void {
    this.tell(picked, { aborted });
    this.connection.breakOff();
  }

  /** What is left of the request isn't waited for. */
  #leave(): void {
    if (this.closes || !this.done) this.connection.endAfterAnswer();
    else this.connection.next();
  }

  /** What happened to it, once it is over. */
  tell(picked: Picked | undefined, outcome: Partial<TrafficEvent>): void {
    const { address, answers, engine } = this.connection;
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
      ...(this.status === 0 ? {} : { status: this.status, bytes: answers.bytes }),
      ...(picked === undefined ? {} : chosen(picked)),
      ...outcome,
    });
  }
}
