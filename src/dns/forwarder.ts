import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIP, isIPv6 } from "node:net";
import { DnsOptionError, type Settings } from "./options.ts";
import type { Reason } from "./reason.ts";
import { failure, type Reply } from "./reply.ts";
import type { Request } from "./request.ts";
import { decodeMessage } from "./wire/decode.ts";
import { encodeMessage } from "./wire/encode.ts";
import type { Message } from "./wire/message.ts";
import { nameEnd, readName } from "./wire/name.ts";
import { FORMERR, REFUSED, rcodeNumber, SERVFAIL } from "./wire/rcode.ts";
import { typeName } from "./wire/record-type.ts";

/** Asks other servers about names that are not ours. */
export interface Forwarder {
  ask(request: Request): Promise<Reply>;
  close(): void;
}

export interface Upstream {
  readonly host: string;
  readonly port: number;
}

const UPSTREAM_FAILED: Reason = { rule: "upstream-failed" };
/** Milliseconds for one question, with all attempts (D.12). */
const OVERALL = 5000;
/** Attempts at each upstream. */
const PASSES = 2;
/** Questions in progress at most; more are refused, so that a dead upstream can't exhaust the memory. */
const MAX_CONCURRENT = 1000;

/**
 * @param isOwn whether this server listens on an address: it must never ask itself.
 * @throws DnsOptionError for an upstream that is no address.
 */
export function createForwarder(
  settings: Settings,
  isOwn: (upstream: Upstream) => boolean,
): Forwarder {
  const upstreams = settings.upstream.map(parseUpstream);
  const aborts = new Set<AbortController>();
  let active = 0;

  const attempt = async (request: Request, message: Buffer, abort: AbortSignal): Promise<Reply> => {
    const deadline = Date.now() + OVERALL;
    const start = Math.floor(settings.random() * upstreams.length);
    for (let i = 0; i < PASSES * upstreams.length && Date.now() < deadline; i++) {
      const upstream = upstreams[(start + i) % upstreams.length] as Upstream;
      if (isOwn(upstream)) continue;
      const timeout = Math.min(settings.upstreamTimeout, deadline - Date.now());
      const limit = { abort, timeout: Math.max(1, timeout) };
      const tcp = request.client.transport === "tcp";
      const reply = await (tcp ? askTcp : askUdp)(upstream, message, limit).catch(() => undefined);
      if (abort.aborted) break;
      if (reply !== undefined) return readReply(reply, message, request);
    }
    return failure(SERVFAIL, UPSTREAM_FAILED);
  };

  return {
    async ask(request) {
      if (active >= MAX_CONCURRENT) return failure(REFUSED, UPSTREAM_FAILED);
      const abort = new AbortController();
      aborts.add(abort);
      active++;
      try {
        return await attempt(request, forwardedMessage(request), abort.signal);
      } finally {
        active--;
        aborts.delete(abort);
      }
    },
    close() {
      for (const abort of aborts) abort.abort();
    },
  };
}

/** @throws DnsOptionError */
export function parseUpstream(text: string): Upstream {
  const match = /^\[([0-9a-fA-F:.%]+)\](?::(\d{1,5}))?$|^([0-9.]+)(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[2] ?? match?.[4] ?? 53);
  const host = match?.[1] ?? match?.[3] ?? (isIPv6(text) ? text : undefined);
  if (host === undefined || isIP(host) === 0 || port > 65535 || port === 0) {
    const problem = `"${text}" is no server address, as in 192.0.2.1:53 or [2001:db8::1]:53`;
    throw new DnsOptionError("upstream", text, problem);
  }
  return { host, port };
}

/** The client's message under an ID of our own, or a new message where the question is not the client's own. */
function forwardedMessage({ bytes, name, type, class: rrClass, rd, cd, edns }: Request): Buffer {
  const id = randomInt(0x10000);
  if (bytes !== undefined) {
    const copy = Buffer.from(bytes);
    copy.writeUInt16BE(id, 0);
    return copy;
  }
  const questions = [{ name, type: typeName(type), class: rrClass }];
  return Buffer.from(
    encodeMessage({ id, rd, cd, questions, ...(edns === undefined ? {} : { edns }) }),
  );
}

function readReply(reply: Buffer, asked: Buffer, request: Request): Reply {
  if (!isReplyTo(reply, asked)) return failure(FORMERR, UPSTREAM_FAILED);
  if (request.bytes !== undefined) return { ...failure(0), ...decoded(reply), relayed: reply };
  return decoded(reply) ?? failure(SERVFAIL, UPSTREAM_FAILED);
}

function decoded(bytes: Buffer): Reply | undefined {
  let message: Message;
  try {
    message = decodeMessage(bytes);
  } catch {
    return undefined;
  }
  const { ra, tc, answers, authority, additional } = message;
  return { rcode: rcodeNumber(message.rcode), aa: false, ra, tc, answers, authority, additional };
}

/** The ID was checked already; the question must be the one that was asked, in any case. */
function isReplyTo(reply: Buffer, asked: Buffer): boolean {
  try {
    if (reply.length < 12 || (reply.readUInt8(2) & 0x80) === 0 || reply.readUInt16BE(4) !== 1) {
      return false;
    }
    const name = readName(reply, 12, true).toLowerCase();
    const tail = reply.subarray(nameEnd, nameEnd + 4);
    const askedName = readName(asked, 12, true).toLowerCase();
    return name === askedName && tail.equals(asked.subarray(nameEnd, nameEnd + 4));
  } catch {
    return false;
  }
}

/** Limits of the wait for a reply: so many milliseconds, or until it is not needed any more. */
interface Limit {
  readonly timeout: number;
  readonly abort: AbortSignal;
}

/**
 * Calls back when a limit is reached. `AbortSignal.timeout` within `AbortSignal.any` is not used: Node 20 may collect
 * the former as garbage, and then the wait never ends.
 * @returns stops it
 */
function atLimit({ timeout, abort }: Limit, over: () => void): () => void {
  const timer = setTimeout(over, timeout).unref();
  abort.addEventListener("abort", over);
  return () => {
    clearTimeout(timer);
    abort.removeEventListener("abort", over);
  };
}

/** Replies from other addresses or with another ID are ignored: they may be forged. */
function askUdp(upstream: Upstream, message: Buffer, limit: Limit): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(upstream.host) ? "udp6" : "udp4");
    let isDone = false;
    const done = (error: Error | undefined, reply?: Buffer) => {
      if (isDone) return;
      isDone = true;
      stop();
      // Node's own listeners are kept: one of them closes a socket that is still being bound.
      socket.close();
      if (reply === undefined) reject(error);
      else resolve(reply);
    };
    const stop = atLimit(limit, () => done(new Error("no reply")));
    socket.on("error", done);
    socket.on("message", (reply) => {
      if (reply.length >= 12 && reply.readUInt16BE(0) === message.readUInt16BE(0)) {
        done(undefined, reply);
      }
    });
    socket.on("connect", () => {
      if (!isDone) socket.send(message);
    });
    // A connected socket receives only from the upstream, and gets an error when nothing listens there. No callback
    // is passed: it would receive errors, such as a missing route, instead of the `error` event.
    socket.connect(upstream.port, upstream.host);
  });
}

function askTcp(upstream: Upstream, message: Buffer, limit: Limit): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: upstream.host, port: upstream.port });
    const chunks: Buffer[] = [];
    const done = (error: Error | undefined, reply?: Buffer) => {
      stop();
      socket.destroy();
      if (reply === undefined) reject(error);
      else resolve(reply);
    };
    const stop = atLimit(limit, () => done(new Error("no reply")));
    socket.on("error", done);
    socket.on("close", () => done(new Error("closed")));
    socket.on("connect", () => {
      const head = Buffer.from([message.length >> 8, message.length & 255]);
      socket.write(Buffer.concat([head, message]));
    });
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      const all = Buffer.concat(chunks);
      if (all.length < 2 || all.length < 2 + all.readUInt16BE(0)) return;
      done(undefined, all.subarray(2, 2 + all.readUInt16BE(0)));
    });
  });
}
