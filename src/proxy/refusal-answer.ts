import { STATUS_CODES } from "node:http";
import type { Refusal } from "./refusal.ts";
import { refusalPage } from "./refusal-page.ts";

/** A refusal as a whole HTTP/1.1 answer. */
export function refusalAnswer(
  why: Refusal,
  request: { readonly accept?: string | undefined; readonly method: string },
  close: boolean,
): string {
  const { type, body } = refusalPage(why, request.accept);
  const connection = close ? "Connection: close\r\n" : "";
  return `HTTP/1.1 ${why.status} ${STATUS_CODES[why.status] ?? ""}\r\nContent-Type: ${type}\r\nX-Content-Type-Options: nosniff\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${connection}\r\n${request.method === "HEAD" ? "" : body}`;
}
