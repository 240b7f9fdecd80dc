import type { Backend } from "../../../balancer/backend.ts";
import type { EndpointLoad } from "../../../balancer/endpoint-load.ts";
import { type Dial, dialConnection } from "../../dial.ts";
import type { Carrier, Outbound } from "../../exchange/outbound.ts";
import type { GatewayContext } from "../../gateway-context.ts";
import type { Connection } from "../../transport/connection.ts";
import { Http2Carrier } from "./http2-carrier.ts";
import { connectSession, type PodSession } from "./pod-session.ts";

/** Sessions to one endpoint at most; when all are full, a request waits for a stream to end. */
const MAX_SESSIONS = 64;

interface Waiting {
  readonly callback: (result: Carrier | Error) => void;
}

interface Line {
  readonly sessions: Set<PodSession>;
  readonly waiting: Set<Waiting>;
  /** Cancels the session that is being opened; there is at most one. */
  giveUp: (() => void) | undefined;
}

/**
 * Pods that speak HTTP/2 without TLS. Requests share sessions; another one is opened when all have as many streams as
 * the pod allows.
 */
export class Http2Outbound implements Outbound {
  readonly takesChunks = false;
  // Flow control doesn't apply to header sections, so a pod isn't slowed down by interim answers that are not read.
  readonly paced = false;
  readonly #context: GatewayContext;
  readonly #dial: Dial<Connection>;
  readonly #lines = new Map<EndpointLoad, Line>();

  constructor(context: GatewayContext, dial: Dial<Connection> = dialConnection) {
    this.#context = context;
    this.#dial = dial;
  }

  open(
    backend: Backend,
    { fresh }: { readonly fresh: boolean },
    callback: (result: Carrier | Error) => void,
  ): () => void {
    let line = this.#lines.get(backend.load);
    if (line === undefined) {
      line = { sessions: new Set(), waiting: new Set(), giveUp: undefined };
      this.#lines.set(backend.load, line);
    }
    // A kept session may have been closed in the same way as the one that failed.
    if (fresh) {
      for (const session of line.sessions) session.leave();
      line.sessions.clear();
    }
    const session = withRoom(line);
    if (session !== undefined) {
      callback(new Http2Carrier(session));
      return () => {};
    }
    const waiting = { callback };
    line.waiting.add(waiting);
    this.#makeRoom(backend, line);
    return () => line.waiting.delete(waiting);
  }

  #makeRoom(backend: Backend, line: Line): void {
    if (line.giveUp !== undefined || line.sessions.size >= MAX_SESSIONS) return;
    line.giveUp = connectSession(this.#context, backend, this.#dial, (result) => {
      line.giveUp = undefined;
      if (result instanceof Error) {
        const waiting = [...line.waiting];
        line.waiting.clear();
        if (line.sessions.size === 0) this.#lines.delete(backend.load);
        for (const each of waiting) each.callback(result);
        return;
      }
      line.sessions.add(result);
      result.onRoom = () => this.#serve(backend, line);
      result.onGone = () => {
        line.sessions.delete(result);
        this.#serve(backend, line);
        const unused = line.sessions.size === 0 && line.giveUp === undefined;
        if (unused && this.#lines.get(backend.load) === line) this.#lines.delete(backend.load);
      };
      this.#serve(backend, line);
    });
  }

  /** Assigns waiting requests to free streams, and opens a session for the rest. */
  #serve(backend: Backend, line: Line): void {
    for (const each of line.waiting) {
      const session = withRoom(line);
      if (session === undefined) {
        this.#makeRoom(backend, line);
        return;
      }
      line.waiting.delete(each);
      each.callback(new Http2Carrier(session));
    }
  }

  close(): void {
    for (const { sessions, giveUp } of this.#lines.values()) {
      giveUp?.();
      for (const session of sessions) session.close();
    }
    this.#lines.clear();
  }
}

function withRoom({ sessions }: Line): PodSession | undefined {
  for (const session of sessions) if (session.hasRoom) return session;
  return undefined;
}
