import type { Client } from "../../../balancer/choice.ts";
import type { Engine } from "../../exchange/engine.ts";
import { gatewayClient, remoteOf } from "../../gateway-client.ts";
import { type Front, type Idle, idler } from "../../gateway-context.ts";
import type { ConnectionError } from "../../http2/error-code.ts";
import { PREFACE } from "../../http2/frame.ts";
import { fieldValue, joinedValues, type Malformed } from "../../http2/header-section.ts";
import { type RequestHead, readRequestHead } from "../../http2/request-head.ts";
import { type Role, Session } from "../../http2/session.ts";
import { Setting } from "../../http2/settings.ts";
import type { Stream } from "../../http2/stream.ts";
import { WEBSOCKET } from "../../http2/websocket.ts";
import { isRefusal, type Refusal, refusal } from "../../refusal.ts";
import type { RoutedRequest } from "../../request-target.ts";
import type { Connection } from "../../transport/connection.ts";
import { type Enlisted, NOWHERE, Roster } from "../../transport/roster.ts";
import { openStreamTunnel } from "./connect-method.ts";
import { respondRefusal } from "./stream-refusal.ts";
import { StreamRequest } from "./stream-request.ts";

const MAX_STREAMS = 256;

/** HTTP/2 from clients without TLS, with prior knowledge: each stream is routed and balanced on its own. */
export function http2Front(engine: Engine): Front {
  const { limits } = engine.context;
  const clients = new Roster<ClientSession>();
  engine.onTick.push((now) => {
    for (const { session } of clients) session.check(now, limits);
  });
  return {
    serve(connection, first) {
      const client = new ClientSession(connection, engine, () => clients.delete(client));
      clients.add(client);
      client.begin(first.subarray(PREFACE.length));
    },
    idlest() {
      let found: Idle | undefined;
      for (const { session } of clients) {
        if (session.streams > 0 || session.isLeaving) continue;
        found = idler(found, { since: session.idleSince, close: () => session.leave() });
      }
      return found;
    },
    drain() {
      for (const { session } of clients) session.leave();
    },
    close() {
      for (const { session } of clients) session.close();
    },
  };
}

/** A client's connection: the server side of HTTP/2. */
class ClientSession implements Role<RequestHead>, Enlisted {
  slot = NOWHERE;
  readonly isServer = true;
  readonly maxStreams = MAX_STREAMS;
  readonly settings;
  readonly limits;
  readonly session: Session<RequestHead>;
  readonly #connection: Connection;
  readonly #engine: Engine;
  readonly #client: Client;
  readonly #gone: () => void;

  constructor(connection: Connection, engine: Engine, gone: () => void) {
    const { headBytes, headerLines } = engine.context.limits;
    this.#connection = connection;
    this.#engine = engine;
    this.#gone = gone;
    this.#client = gatewayClient(remoteOf(connection), engine.context);
    this.limits = { bytes: headBytes, fields: headerLines };
    this.settings = [
      [Setting.MAX_CONCURRENT_STREAMS, MAX_STREAMS],
      [Setting.MAX_HEADER_LIST_SIZE, headBytes],
      [Setting.ENABLE_CONNECT_PROTOCOL, 1],
    ] as const;
    this.session = new Session(connection, this);
  }

  /** @param first bytes that were read already; valid during the call only. */
  begin(first: Buffer): void {
    if (first.length > 0) this.session.received(first, first.length);
    this.#connection.resume();
  }

  readHead(pairs: readonly string[], isCut: boolean): RequestHead | Malformed {
    return readRequestHead(pairs, isCut);
  }

  opened(stream: Stream<RequestHead>, head: RequestHead, ends: boolean): void {
    const routed = this.#route(head);
    if (isRefusal(routed)) {
      respondRefusal(stream, head, routed, this.#engine.home);
      stream.leave();
      this.#told(head, routed, routed.status);
    } else if (head.method === "CONNECT") {
      openStreamTunnel(stream, head, this.#connection, this.#client, routed, this.#engine);
    } else {
      new StreamRequest(stream, head, !ends, this.#engine, this.#client, routed).start();
    }
  }

  #route(head: RequestHead): RoutedRequest | Refusal {
    const { headBytes, headerLines } = this.#engine.context.limits;
    if (head.isCut) {
      const most = `${headBytes} bytes or has more than ${headerLines} fields`;
      return refusal(431, "too-large", `the request's head is longer than ${most}`);
    }
    const { path = "", authority, protocol = WEBSOCKET } = head;
    const header = (name: string) => joinedValues(head.fields, name);
    if (head.method === "CONNECT") {
      return this.#engine.route("CONNECT", authority ?? "", authority, header);
    }
    if (protocol.toLowerCase() !== WEBSOCKET) {
      const why = `extended CONNECT opens WebSockets only, not ${JSON.stringify(protocol)}`;
      return refusal(501, "not-implemented", why);
    }
    const host = fieldValue(head.fields, "host");
    if (!/^(?:\/[\x21-\x7e]*|\*)$/.test(path)) {
      return refusal(400, "bad-request", "the :path is neither printable ASCII from / on nor *");
    }
    // If :authority and Host differ, one pod would use the one and another the other (RFC 9113 section 8.3.1).
    if (host !== undefined && authority !== undefined && !equal(host, authority)) {
      return refusal(400, "bad-request", "the Host header is another one than the :authority");
    }
    return this.#engine.route(head.method, path, authority ?? host, header);
  }

  refused(reason: string): void {
    this.#told(NO_HEAD, refusal(400, "bad-request", `a malformed request: ${reason}`));
  }

  #told({ method, authority = "", path = "" }: RequestHead, why: Refusal, status?: number): void {
    this.#engine.context.onTraffic?.({
      kind: "request",
      protocol: "HTTP/2",
      client: this.#client.address ?? "",
      method,
      host: authority,
      path,
      attempts: 0,
      duration: 0,
      ...(status !== undefined && { status }),
      refusal: why,
    });
  }

  allowed(): void {}

  left(): void {}

  forgot(): void {}

  closed(_reason: string, error: ConnectionError | undefined): void {
    this.#gone();
    if (error !== undefined) this.#engine.context.onError(error);
  }
}

const NO_HEAD: RequestHead = {
  method: "",
  protocol: undefined,
  path: undefined,
  authority: undefined,
  fields: [],
  contentLength: undefined,
  isCut: false,
  isGrpc: false,
  passedOn: undefined,
};

function equal(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
