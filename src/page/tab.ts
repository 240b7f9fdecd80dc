import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { StreamEvents, Wanted } from "./messages.ts";
import type { Visitor } from "./visitor.ts";

/** Bytes that a tab may be behind before nothing more is kept for it. */
const MAX_BEHIND = 4 * 1024 * 1024;
/** Milliseconds of silence after which something is sent, so that proxies don't take the connection for dead. */
const SILENCE = 15_000;

/** An event as it goes over the wire: made once, sent to every tab. */
export function encode<K extends keyof StreamEvents>(event: K, data: StreamEvents[K]): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/**
 * One stream of events to a browser. A tab that reads slowly costs no more than what is on its way: what comes
 * meanwhile is dropped, and when it has caught up it begins again with the state as it is then.
 */
export class Tab {
  readonly id = randomUUID();
  readonly visitor: Visitor;
  wanted: Wanted = {};
  /** Ends what it follows beside what all tabs are told. */
  stopFollowing: (() => void) | undefined;
  readonly #response: ServerResponse;
  readonly #timer: NodeJS.Timeout;
  #isBehind = false;

  /** @param resync called when the tab, having been too slow, reads again. */
  constructor(response: ServerResponse, visitor: Visitor, resync: (tab: Tab) => void) {
    this.#response = response;
    this.visitor = visitor;
    this.#timer = setInterval(() => this.send(": \n\n"), SILENCE);
    this.#timer.unref();
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    response.on("drain", () => {
      if (!this.#isBehind) return;
      this.#isBehind = false;
      resync(this);
    });
    response.on("close", () => {
      clearInterval(this.#timer);
      this.stopFollowing?.();
    });
  }

  /** Whether what is sent reaches it. */
  get isListening(): boolean {
    return !this.#isBehind && !this.#response.destroyed;
  }

  /** @param text of {@link encode}. */
  send(text: string): void {
    if (!this.isListening) return;
    this.#response.write(text);
    this.#isBehind = this.#response.writableLength > MAX_BEHIND;
  }

  end(): void {
    this.#response.end();
  }
}
