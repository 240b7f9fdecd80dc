import type { Authority } from "./authority.ts";
import { gatewayClient, remoteOf } from "./gateway-client.ts";
import type { GatewayContext } from "./gateway-context.ts";
import { isRefusal, type Refusal } from "./refusal.ts";
import {
  admissionBytes,
  METHOD,
  methodBytes,
  REPLY,
  type ReplyCode,
  readCredentials,
  readGreeting,
  readRequest,
  replyBytes,
} from "./socks5-messages.ts";
import type { Connection } from "./transport/connection.ts";
import { linger } from "./transport/linger.ts";
import { tunnel } from "./tunnel.ts";

/** A greeting and a request with the longest name, and some of what the client sends ahead. */
const MAX_HANDSHAKE = 64 * 1024;

/**
 * SOCKS5 (RFC 1928): CONNECT to Services by name, as `curl --socks5-hostname` and `ALL_PROXY=socks5h://…` do, or by
 * ClusterIP. Clients need no password; with a guest's, a client reaches what that guest may reach.
 */
export function serveSocks(client: Connection, first: Buffer, context: GatewayContext): void {
  new Handshake(client, context).receive(first);
}

/** What a client says before its connection becomes a tunnel: greeting, password if it offers one, request. */
class Handshake {
  readonly #client: Connection;
  readonly #context: GatewayContext;
  readonly #timer: NodeJS.Timeout | undefined;
  #input: Buffer = Buffer.alloc(0);
  #stage: "greeting" | "password" | "request" = "greeting";
  #router: GatewayContext["router"];

  constructor(client: Connection, context: GatewayContext) {
    this.#client = client;
    this.#context = context;
    this.#router = context.router;
    const { headTime } = context.limits;
    this.#timer = headTime > 0 ? setTimeout(() => client.close(), headTime) : undefined;
    client.receiver = {
      received: (bytes, length) => this.receive(bytes.subarray(0, length)),
      ended: () => client.close(),
      drained() {},
      closed: () => clearTimeout(this.#timer),
    };
  }

  receive(bytes: Uint8Array): void {
    this.#input = Buffer.concat([this.#input, bytes]);
    if (this.#input.length > MAX_HANDSHAKE) {
      this.#client.close();
      return;
    }
    if (this.#stage === "greeting" && !this.#greet()) return;
    if (this.#stage === "password" && !this.#admit()) return;
    const request = readRequest(this.#input);
    if (request === undefined) return;
    if (typeof request === "number") this.#refuse(request);
    else this.#connect(request.authority, this.#input.subarray(request.length));
  }

  /** Takes a method that the client offers. @returns whether the handshake goes on with what has arrived. */
  #greet(): boolean {
    const greeting = readGreeting(this.#input);
    if (greeting === undefined) return false;
    const { offered, length } = greeting;
    this.#input = this.#input.subarray(length);
    if (this.#context.guests !== undefined && offered.includes(METHOD.password)) {
      this.#stage = "password";
      this.#client.write(methodBytes(METHOD.password));
    } else if (offered.includes(METHOD.none)) {
      this.#stage = "request";
      this.#client.write(methodBytes(METHOD.none));
    } else {
      this.#leave(methodBytes(METHOD.unacceptable));
      return false;
    }
    return true;
  }

  /** @returns whether the handshake goes on with what has arrived. */
  #admit(): boolean {
    const read = readCredentials(this.#input);
    if (read === undefined) return false;
    const { credentials, length } = read;
    const router =
      credentials && this.#context.guests?.admit(credentials.user, credentials.password);
    if (!router) {
      this.#leave(admissionBytes(false));
      return false;
    }
    this.#input = this.#input.subarray(length);
    this.#stage = "request";
    this.#router = router;
    this.#client.write(admissionBytes(true));
    return true;
  }

  #connect(authority: Authority, ahead: Buffer): void {
    const client = this.#client;
    const context = this.#context;
    const route = this.#router.byPort(authority, 0);
    if (isRefusal(route)) {
      this.#refuse(REPLY.notAllowed);
      this.#tell(authority, route);
      return;
    }
    const address = remoteOf(client);
    clearTimeout(this.#timer);
    client.pause();
    tunnel(client, client, context, {
      route,
      client: gatewayClient(address, context),
      about: { kind: "tunnel", protocol: "SOCKS5", client: address, host: hostOf(authority) },
      ready(upstream) {
        client.write(replyBytes(REPLY.succeeded));
        if (ahead.length > 0) upstream.write(ahead);
      },
      refused: (why) =>
        this.#refuse(why.code === "no-endpoint" ? REPLY.hostUnreachable : REPLY.refused),
      onTraffic: context.onTraffic,
      idleTime: context.limits.streamIdleTime,
    });
  }

  #refuse(code: ReplyCode): void {
    this.#leave(replyBytes(code));
  }

  /** Sends the last bytes and closes, so that the client still reads them. */
  #leave(bytes: Buffer): void {
    clearTimeout(this.#timer);
    this.#client.write(bytes);
    linger(this.#client);
  }

  #tell(authority: Authority, refusal: Refusal): void {
    this.#context.onTraffic?.({
      kind: "tunnel",
      protocol: "SOCKS5",
      client: remoteOf(this.#client),
      host: hostOf(authority),
      attempts: 0,
      duration: 0,
      refusal,
    });
  }
}

function hostOf({ host, port }: Authority): string {
  return `${host}:${port}`;
}
