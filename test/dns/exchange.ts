import { createSocket } from "node:dgram";
import { connect } from "node:net";

export interface Peer {
  readonly host: string;
  readonly port: number;
}

export interface ExchangeOptions {
  /** Source address. */
  readonly from?: string;
  /** Milliseconds to wait where silence is the right answer. */
  readonly patience?: number;
}

/** One datagram out, one in; undefined when none came in time. */
export function exchangeUdp(
  message: Uint8Array,
  { host, port }: Peer,
  { from, patience = 5000 }: ExchangeOptions = {},
): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    const done = (reply: Buffer | undefined) => {
      clearTimeout(timer);
      socket.close();
      resolve(reply);
    };
    const timer = setTimeout(() => done(undefined), patience);
    socket.on("error", reject);
    socket.on("message", done);
    socket.bind(0, from, () => socket.send(message, port, host));
  });
}

export function frame(message: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);
}

/** Frames out at once, as many replies in; rejects when the connection ends before. */
export function exchangeTcp(
  messages: readonly Uint8Array[],
  { host, port }: Peer,
  { from }: ExchangeOptions = {},
): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const replies: Buffer[] = [];
    const socket = connect({ host, port, ...(from === undefined ? {} : { localAddress: from }) });
    let bytes = Buffer.alloc(0);
    socket.on("connect", () => socket.write(Buffer.concat(messages.map(frame))));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`closed after ${replies.length} replies`)));
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
        replies.push(bytes.subarray(2, 2 + bytes.readUInt16BE(0)));
        bytes = bytes.subarray(2 + bytes.readUInt16BE(0));
      }
      if (replies.length < messages.length) return;
      resolve(replies);
      socket.destroy();
    });
  });
}
