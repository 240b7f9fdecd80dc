import { STATUS_CODES } from "node:http";
import { hasContent } from "./exchange/content.ts";
import type { Refusal } from "./refusal.ts";
import { refusalPage } from "./refusal-page.ts";

/** A refusal as a complete HTTP/1.1 answer. */
export function refusalAnswer(
  why: Refusal,
  request: {
    readonly accept?: string | undefined;
    readonly method: string;
    /** See {@link refusalPage}. */
    readonly home?: string | undefined;
  },
  close: boolean,
): string {
  const line = `HTTP/1.1 ${why.status} ${STATUS_CODES[why.status] ?? ""}\r\n${fieldLines(why)}`;
  const connection = close ? "Connection: close\r\n" : "";
  if (!hasContent("GET", why.status)) return `${line}${connection}\r\n`;
  const { type, body } = refusalPage(why, request.accept, request.home);
  return `${line}Content-Type: ${type}\r\nX-Content-Type-Options: nosniff\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${connection}\r\n${request.method === "HEAD" ? "" : body}`;
}

function fieldLines({ fields = [] }: Refusal): string {
  let lines = "";
  for (let i = 0; i < fields.length; i += 2) lines += `${fields[i]}: ${fields[i + 1]}\r\n`;
  return lines;
}
