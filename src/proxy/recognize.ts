import type { Socket } from "node:net";
import type { Forwarder, ForwarderContext } from "./forwarder.ts";
import { type Http2Front, PREFACE } from "./http2/http2-front.ts";
import { SOCKS_VERSION, serveSocks } from "./socks5.ts";

export interface Engines {
  readonly forwarder: Forwarder;
  readonly http2: Http2Front;
  readonly context: ForwarderContext;
}

/** Reads a client's first bytes and hands the connection to who speaks its protocol. */
export function recognize(client: Socket, engines: Engines): void {
  const { idleTime, headTime } = engines.context.limits;
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
    if (mayBePreface(first)) engines.http2.serve(client, first);
    else if (first[0] === SOCKS_VERSION) serveSocks(client, first, engines.context);
    else engines.forwarder.serve(client, first);
  }

  function giveUp(): void {
    client.destroy();
  }
}

function mayBePreface(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, PREFACE.length);
  return bytes[0] === PREFACE[0] && bytes.compare(PREFACE, 0, length, 0, length) === 0;
}
