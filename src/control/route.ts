import type { IncomingMessage, ServerResponse } from "node:http";
import type { ControlSubject } from "./subject.ts";

/** One request that a control socket answers. */
export interface ControlRoute {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Answers at once or over time; a rejection is answered with 500 and its message. */
  handle(
    subject: ControlSubject,
    request: IncomingMessage,
    response: ServerResponse,
  ): void | Promise<void>;
}

/** Answers with the present data. */
export function dataRoute(path: string, current: () => unknown): ControlRoute {
  return {
    method: "GET",
    path,
    handle: (_subject, _request, response) => sendJson(response, 200, current()),
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
