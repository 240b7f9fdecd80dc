import type { Engine } from "./exchange/engine.ts";
import { remoteOf } from "./gateway-client.ts";
import type { Front, GatewayContext } from "./gateway-context.ts";
import { PREFACE } from "./http2/frame.ts";
import { refusal } from "./refusal.ts";
import { refusalAnswer } from "./refusal-answer.ts";
import { serveSocks } from "./socks5.ts";
import { SOCKS_VERSION } from "./socks5-messages.ts";
import type { Connection, Receiver } from "./transport/connection.ts";
import { linger } from "./transport/linger.ts";
import { type Enlisted, NOWHERE, Roster } from "./transport/roster.ts";

/** The first byte of a TLS connection: a record of its handshake (RFC 8446 section 5.1). */
const TLS_HANDSHAKE = 0x16;

export interface Fronts {
  readonly http1: Front;
  readonly http2: Front;
}

/** Reads clients' first bytes and hands each connection to the server of the protocol that they begin. */
export function recognizer(fronts: Fronts, engine: Engine): (client: Connection) => void {
  const waiting = new Roster<Unrecognized>();
  engine.onTick.push((now) => {
    for (const client of waiting) client.checkDeadline(now);
  });
  const { context } = engine;
  return (client) => {
    waiting.add(
      new Unrecognized(client, context, (unrecognized, first) => {
        waiting.delete(unrecognized);
        if (first === undefined) return;
        if (mayBePreface(first)) fronts.http2.serve(client, first);
        else if (first[0] === TLS_HANDSHAKE) refuseTls(client, context);
        else if (first[0] === SOCKS_VERSION) serveSocks(client, first, context);
        else fronts.http1.serve(client, first);
      }),
    );
  };
}

/** A client whose protocol isn't known yet. */
class Unrecognized implements Receiver, Enlisted {
  slot = NOWHERE;
  readonly #client: Connection;
  readonly #context: GatewayContext;
  readonly #over: (self: Unrecognized, first: Buffer | undefined) => void;
  #first: Buffer | undefined;
  #since = Date.now();

  /** @param over called once, with its first bytes, or with none when the client has closed. */
  constructor(
    client: Connection,
    context: GatewayContext,
    over: (self: Unrecognized, first: Buffer | undefined) => void,
  ) {
    this.#client = client;
    this.#context = context;
    this.#over = over;
    client.receiver = this;
    client.resume();
  }

  received(bytes: Buffer, length: number): void {
    const chunk = bytes.subarray(0, length);
    const first = this.#first === undefined ? chunk : Buffer.concat([this.#first, chunk]);
    if (!mayBePreface(first) || first.length >= PREFACE.length) {
      this.#over(this, first);
      return;
    }
    if (this.#first === undefined) this.#since = Date.now();
    this.#first = Buffer.from(first);
  }

  ended(): void {
    this.#client.close();
  }

  drained(): void {}

  closed(): void {
    this.#over(this, undefined);
  }

  checkDeadline(now: number): void {
    const { idleTime, headTime } = this.#context.limits;
    const time = this.#first === undefined ? idleTime : headTime;
    if (time > 0 && now - this.#since >= time) this.#client.close();
  }
}

/**
 * Answers a TLS client in plain HTTP, as there is no certificate here: most clients show these bytes, or say that
 * they are not TLS.
 */
function refuseTls(client: Connection, { onTraffic }: GatewayContext): void {
  const why = refusal(400, "bad-request", "TLS is not spoken at this address: ask for http://");
  client.writeText(refusalAnswer(why, { method: "GET" }, true));
  linger(client);
  onTraffic?.({
    kind: "connection",
    protocol: "TLS",
    client: remoteOf(client),
    attempts: 0,
    duration: 0,
    refusal: why,
  });
}

function mayBePreface(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, PREFACE.length);
  return bytes[0] === PREFACE[0] && bytes.compare(PREFACE, 0, length, 0, length) === 0;
}
