import type { Socket } from "node:net";
import { addressOf } from "./gateway-client.ts";
import type { Front, GatewayContext } from "./gateway-context.ts";
import { LINGER_MS } from "./inbound/http1/deadline.ts";
import { PREFACE } from "./inbound/http2/http2-front.ts";
import { refusal } from "./refusal.ts";
import { refusalAnswer } from "./refusal-answer.ts";
import { SOCKS_VERSION, serveSocks } from "./socks5.ts";

/** The first byte of a TLS connection: a record of its handshake (RFC 8446 section 5.1). */
const TLS_HANDSHAKE = 0x16;

export interface Fronts {
  readonly http1: Front;
  readonly http2: Front;
}

/** Reads a client's first bytes and hands the connection to who speaks its protocol. */
export function recognize(client: Socket, fronts: Fronts, context: GatewayContext): void {
  const { idleTime, headTime } = context.limits;
  let first: Buffer | undefined;
  client.setTimeout(idleTime, giveUp);
  client.on("data", read);
  client.on("end", giveUp);

  function read(chunk: Buffer): void {
    first = first === undefined ? chunk : Buffer.concat([first, chunk]);
    if (mayBePreface(first) && first.length < PREFACE.length) {
      client.setTimeout(headTime, giveUp);
      return;
    }
    client.setTimeout(0);
    client.removeListener("timeout", giveUp);
    client.removeListener("data", read);
    client.removeListener("end", giveUp);
    if (mayBePreface(first)) fronts.http2.serve(client, first);
    else if (first[0] === TLS_HANDSHAKE) refuseTls(client, context);
    else if (first[0] === SOCKS_VERSION) serveSocks(client, first, context);
    else fronts.http1.serve(client, first);
  }

  function giveUp(): void {
    client.destroy();
  }
}

/** Says in HTTP what is wrong, as nobody here could say it in TLS: most clients show these bytes or name them. */
function refuseTls(client: Socket, { onTraffic }: GatewayContext): void {
  const why = refusal(400, "bad-request", "TLS is not spoken at this address: ask for http://");
  client.setTimeout(LINGER_MS, () => client.destroy());
  client.resume();
  client.end(refusalAnswer(why, { method: "GET" }, true));
  onTraffic?.({
    kind: "connection",
    protocol: "TLS",
    client: addressOf(client),
    attempts: 0,
    duration: 0,
    refusal: why,
  });
}

function mayBePreface(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, PREFACE.length);
  return bytes[0] === PREFACE[0] && bytes.compare(PREFACE, 0, length, 0, length) === 0;
}
