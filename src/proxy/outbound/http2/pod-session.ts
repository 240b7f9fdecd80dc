import type { Backend } from "../../../balancer/backend.ts";
import type { Dial } from "../../dial.ts";
import type { GatewayContext } from "../../gateway-context.ts";
import { type AnswerHead, readAnswerHead } from "../../http2/answer-head.ts";
import { ErrorCode } from "../../http2/error-code.ts";
import { PREFACE } from "../../http2/frame.ts";
import type { Malformed } from "../../http2/header-section.ts";
import { type Role, Session } from "../../http2/session.ts";
import { Setting } from "../../http2/settings.ts";
import type { Loss, Stream } from "../../http2/stream.ts";
import type { Connection } from "../../transport/connection.ts";
import { connectTo, type DialPolicy } from "../../upstream.ts";

/** One HTTP/2 connection to an endpoint: the client side of HTTP/2. */
export class PodSession implements Role<AnswerHead> {
  readonly isServer = false;
  readonly maxStreams = 0;
  readonly limits;
  readonly settings;
  /** It has carried requests already. */
  isUsed = false;
  /** The pod accepts WebSockets over HTTP/2. */
  takesConnect = false;
  /** Called when the pod's first SETTINGS say how many streams it allows. */
  onSettled: () => void = () => {};
  /** Called when a stream has ended, and another may begin. */
  onRoom: () => void = () => {};
  /** Called once, when no stream can begin any more. */
  onGone: (reason: string) => void = () => {};
  readonly #session: Session<AnswerHead>;
  /** Streams that are reserved and about to begin. */
  #streams = 0;
  #mostStreams: number | undefined;
  #isGone = false;

  constructor(
    connection: Connection,
    { headBytes, headerLines }: Pick<GatewayContext["limits"], "headBytes" | "headerLines">,
  ) {
    this.limits = { bytes: headBytes, fields: headerLines };
    this.settings = [
      [Setting.ENABLE_PUSH, 0],
      [Setting.MAX_HEADER_LIST_SIZE, headBytes],
    ] as const;
    connection.write(PREFACE);
    this.#session = new Session(connection, this);
    connection.resume();
  }

  get hasRoom(): boolean {
    const { isLeaving, isBehind } = this.#session;
    return !isLeaving && !isBehind && this.#streams < (this.#mostStreams ?? 0);
  }

  /** Reserves a stream. */
  reserve(): void {
    this.#streams++;
    this.isUsed = true;
  }

  /** Begins the reserved stream. @returns undefined when the session accepts no more. */
  open(): Stream<AnswerHead> | undefined {
    if (!this.#session.isLeaving) return this.#session.open();
    this.#streams--;
    return undefined;
  }

  /** Gives the reservation up. */
  giveBack(): void {
    this.#streams--;
    this.onRoom();
  }

  forgot(loss: Loss | undefined): void {
    this.#streams--;
    // The pod refused a stream although its settings allowed it.
    if (loss?.code === ErrorCode.REFUSED_STREAM) {
      this.#mostStreams = Math.max(1, Math.min(this.#mostStreams ?? 1, this.#streams));
    } else {
      this.onRoom();
    }
  }

  /** Ends the session with its last stream. */
  leave(): void {
    this.#session.leave();
  }

  close(): void {
    this.#session.close();
  }

  readHead(pairs: readonly string[], isCut: boolean): AnswerHead | Malformed {
    return readAnswerHead(pairs, isCut);
  }

  opened(): void {}

  refused(): void {}

  allowed(streams: number, connect: boolean): void {
    this.takesConnect = connect;
    const isFirst = this.#mostStreams === undefined;
    this.#mostStreams = streams;
    if (isFirst) this.onSettled();
    else this.onRoom();
  }

  left(): void {
    this.#gone("it closed the connection at once");
  }

  closed(reason: string): void {
    this.#gone(reason);
  }

  #gone(reason: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.onGone(reason);
  }
}

/**
 * Opens a session to an endpoint. It is ready when the pod's first frame says how many streams it allows (RFC 9113
 * section 3.4): pods refuse streams beyond that.
 * @returns a function that cancels; the callback isn't called afterwards.
 */
export function connectSession(
  policy: DialPolicy & Pick<GatewayContext, "limits">,
  backend: Backend,
  dial: Dial<Connection>,
  callback: (result: PodSession | Error) => void,
): () => void {
  let giveUp = connectTo(policy, backend, dial, (result) => {
    if (result instanceof Error) callback(result);
    else giveUp = greet(result, policy, callback);
  });
  return () => giveUp();
}

function greet(
  connection: Connection,
  { connectTimeout, limits }: Pick<GatewayContext, "connectTimeout" | "limits">,
  callback: (result: PodSession | Error) => void,
): () => void {
  const session = new PodSession(connection, limits);
  const timer = setTimeout(() => {
    session.onGone = () => {};
    session.close();
    callback(new Error(`it did not begin to speak HTTP/2 within ${connectTimeout} ms`));
  }, connectTimeout);
  session.onSettled = () => {
    clearTimeout(timer);
    session.onGone = () => {};
    callback(session);
  };
  session.onGone = (reason) => {
    clearTimeout(timer);
    callback(new Error(reason));
  };
  return () => {
    clearTimeout(timer);
    session.onGone = () => {};
    session.close();
  };
}
