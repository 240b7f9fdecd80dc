import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { StreamEvents, Wanted } from "./messages.ts";
import type { Visitor } from "./visitor.ts";

/** Bytes that a tab may lag behind before further messages are dropped. */
const MAX_BEHIND = 4 * 1024 * 1024;
/** Milliseconds of silence after which a comment is sent, so that proxies don't close the connection. */
const SILENCE = 15_000;

/** An event in the form in which it is sent: encoded once for all tabs. */
export function encode<K extends keyof StreamEvents>(event: K, data: StreamEvents[K]): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/**
 * A stream of events to one browser tab. A tab that reads slowly costs no more memory than what is already on its
 * way: further events are dropped, and when it has caught up it gets the whole state anew.
 */
export class Tab {
  readonly id = randomUUID();
  readonly visitor: Visitor;
  wanted: Wanted = {};
  /** Stops what this tab follows in addition to what all tabs get. */
  stopFollowing: (() => void) | undefined;
  readonly #response: ServerResponse;
  readonly #timer: NodeJS.Timeout;
  #isBehind = false;

  /** @param resync called when the tab reads again after it was too slow. */
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

  /** Whether messages are sent to it. */
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
