import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Refusal } from "../refusal.ts";
import { refusalAnswer } from "../refusal-answer.ts";
import { refusalPage } from "../refusal-page.ts";

/** Connections that had their last answer: what node finds wrong with the rest of the request is not told. */
const finished = new WeakSet<Duplex>();

export function hadLastAnswer(socket: Duplex): boolean {
  return finished.has(socket);
}

export function refuseResponse(req: IncomingMessage, res: ServerResponse, why: Refusal): void {
  if (res.destroyed) return;
  const { type, body } = refusalPage(why, headerText(req.headers.accept));
  // What is left of the body isn't waited for.
  if (hasBody(req) || why.status === 400 || why.status === 505) {
    res.setHeader("Connection", "close");
    finished.add(req.socket);
  }
  res.writeHead(why.status, { "Content-Type": type, "Content-Length": Buffer.byteLength(body) });
  res.end(body);
}

export function refuseSocket(socket: Socket, why: Refusal, accept: string | undefined): void {
  if (socket.writable) {
    socket.resume();
    socket.end(refusalAnswer(why, { accept, method: "GET" }, true));
  } else {
    socket.destroy();
  }
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

export function headerText(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.join(", ");
}
