import http2, { type ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { Backend } from "../../../balancer/backend.ts";
import { dialSocket } from "../../dial.ts";
import type { GatewayContext } from "../../gateway-context.ts";
import { connectTo, type DialPolicy } from "../../upstream.ts";

/** One HTTP/2 connection to an endpoint. */
export class PodSession {
  readonly session: ClientHttp2Session;
  /** Of the head of an answer. */
  readonly headBytes: number;
  /** The last stream that the pod processed or will, when it has said so (RFC 9113 section 6.8). */
  lastStream: number | undefined;
  /** It has carried requests before. */
  isUsed = false;
  /** Called when a stream has ended, and another may begin. */
  onRoom: () => void = () => {};
  /** Called once, when no stream can begin any more. */
  onGone: () => void = () => {};
  #streams = 0;
  #mostStreams: number;
  #isGone = false;

  constructor(session: ClientHttp2Session, headBytes: number) {
    this.session = session;
    this.headBytes = headBytes;
    this.#mostStreams = session.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY;
    session.on("remoteSettings", ({ maxConcurrentStreams }) => {
      this.#mostStreams = maxConcurrentStreams ?? Number.POSITIVE_INFINITY;
      this.onRoom();
    });
    session.on("goaway", (_code, lastStream) => {
      this.lastStream = lastStream;
      this.#gone();
    });
    session.on("error", () => this.#gone());
    session.on("close", () => this.#gone());
    session.unref();
  }

  get hasRoom(): boolean {
    return (
      !this.#isGone &&
      this.#streams < this.#mostStreams &&
      !this.session.closed &&
      !this.session.destroyed
    );
  }

  begin(): void {
    this.#streams++;
    this.isUsed = true;
  }

  /** @param refused whether the pod had no room for it, whatever its settings say. */
  end(refused: boolean): void {
    this.#streams--;
    if (refused) this.#mostStreams = Math.max(1, Math.min(this.#mostStreams, this.#streams));
    else this.onRoom();
  }

  destroy(): void {
    this.session.destroy();
  }

  #gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.onGone();
  }
}

/**
 * A session to an endpoint, once the pod has said in its first frame how many streams it allows (RFC 9113
 * section 3.4): of those that come sooner it would refuse some.
 * @returns a function that gives up; the callback isn't called after it.
 */
export function connectSession(
  policy: DialPolicy & Pick<GatewayContext, "limits">,
  backend: Backend,
  callback: (result: PodSession | Error) => void,
): () => void {
  let giveUp = connectTo(policy, backend, dialSocket, (result) => {
    if (result instanceof Error) callback(result);
    else giveUp = greet(result, policy, callback);
  });
  return () => giveUp();
}

function greet(
  socket: Socket,
  { connectTimeout, limits }: Pick<GatewayContext, "connectTimeout" | "limits">,
  callback: (result: PodSession | Error) => void,
): () => void {
  const session = http2.connect("http://endpoint", {
    createConnection: () => socket,
    maxHeaderListPairs: limits.headerLines,
  });
  const late = new Error(`it did not begin to speak HTTP/2 within ${connectTimeout} ms`);
  const timer = setTimeout(() => session.destroy(late), connectTimeout);
  let isOver = false;
  const settle = (result: PodSession | Error) => {
    clearTimeout(timer);
    if (!isOver) callback(result);
    isOver = true;
  };
  session.on("error", settle);
  session.once("close", () => settle(new Error("it closed the connection at once")));
  session.once("remoteSettings", () => settle(new PodSession(session, limits.headBytes)));
  return () => {
    isOver = true;
    clearTimeout(timer);
    session.destroy();
  };
}
