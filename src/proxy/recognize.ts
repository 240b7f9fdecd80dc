import type { Socket } from "node:net";
import type { Front, GatewayContext } from "./gateway-context.ts";
import { PREFACE } from "./inbound/http2/http2-front.ts";
import { SOCKS_VERSION, serveSocks } from "./socks5.ts";

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
    else if (first[0] === SOCKS_VERSION) serveSocks(client, first, context);
    else fronts.http1.serve(client, first);
  }

  function giveUp(): void {
    client.destroy();
  }
}

function mayBePreface(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, PREFACE.length);
  return bytes[0] === PREFACE[0] && bytes.compare(PREFACE, 0, length, 0, length) === 0;
}
