import type { Forwarded } from "../forwarded-headers.ts";
import { connectionOptions } from "../hop-by-hop.ts";
import type { KnownField } from "./fields.ts";
import type { RequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-head.ts";

/** What the relay says to the pod in place of, or besides, what the client said. */
export interface RequestRewrite {
  /** The origin-form target. */
  readonly path: string;
  readonly host: string;
  readonly forwarded: Forwarded;
  /** The protocol to switch to, if that is to be asked for. */
  readonly upgrade: string | undefined;
}

/** The head for the pod: the client's, less what concerns its connection only, plus who asked. */
export function rewriteRequest(head: RequestHead, to: RequestRewrite): string {
  const start = `${head.method} ${to.path} HTTP/1.1\r\nHost: ${to.host}\r\n`;
  const kept = keptFields(head, (field) => {
    switch (field.name) {
      case "accept":
      case "content-length":
      case "transfer-encoding":
        return true;
      case "expect":
        return head.minor === 1;
      case "forwarded":
        return to.forwarded.trusted;
      default:
        return false;
    }
  });
  const { for: clients, host, proto } = to.forwarded;
  const forwarded = `X-Forwarded-For: ${clients}\r\nX-Forwarded-Host: ${host}\r\nX-Forwarded-Proto: ${proto}\r\n`;
  const connection =
    to.upgrade === undefined ? "\r\n" : `Connection: Upgrade\r\nUpgrade: ${to.upgrade}\r\n\r\n`;
  return start + kept + forwarded + connection;
}

/** How the client's connection goes on after this answer. */
export interface ResponseRewrite {
  /** The client is told that the connection ends with this answer. */
  readonly close: boolean;
  /** A client that doesn't know chunks gets the content alone. */
  readonly unchunked: boolean;
  /** The answer switches protocols: its Connection and Upgrade headers are for the client. */
  readonly switching: boolean;
  /** A cookie that is set besides the pod's own. */
  readonly setCookie: string | undefined;
}

/** The head for the client. */
export function rewriteResponse(head: ResponseHead, how: ResponseRewrite): string {
  const line = `HTTP/1.1${head.text.slice(8, head.fieldsAt)}`;
  // RFC 9110 section 8.6, RFC 9112 section 6.1: framing of a body that these can't have.
  const unframed = head.status < 200 || head.status === 204;
  const kept = keptFields(head, ({ name }) => {
    switch (name) {
      case "transfer-encoding":
        return !(how.unchunked || unframed);
      case "content-length":
        return !unframed;
      case "upgrade":
        return how.switching;
      case "connection":
      case "keep-alive":
      case "proxy-connection":
      case "proxy-authenticate":
      case "te":
        return false;
      default:
        return true;
    }
  });
  const own = how.setCookie === undefined ? kept : `${kept}Set-Cookie: ${how.setCookie}\r\n`;
  if (how.switching) return `${line}${own}Connection: Upgrade\r\n\r\n`;
  return how.close ? `${line}${own}Connection: close\r\n\r\n` : `${line}${own}\r\n`;
}

/** The field lines as they came, without the known ones that are not to be kept and those the Connection list names. */
function keptFields(
  head: RequestHead | ResponseHead,
  keep: (field: KnownField) => boolean,
): string {
  const { text, fields } = head;
  let out = "";
  let from = head.fieldsAt;
  let listed: string | undefined;
  for (const field of fields) {
    if (field.name === "connection" && needsSearch(field.value)) {
      listed = listed === undefined ? field.value : `${listed},${field.value}`;
    }
    if (keep(field)) continue;
    if (field.start > from) out += text.slice(from, field.start);
    from = field.end;
  }
  // The empty line that ends the section is written by the caller.
  if (from < text.length - 2) out += text.slice(from, text.length - 2);
  return listed === undefined ? out : withoutListed(out, connectionOptions(listed));
}

/** Whether the Connection list names more than what is removed anyway. */
function needsSearch(value: string): boolean {
  return !/^(?:keep-alive|close|upgrade|te)$/i.test(value);
}

function withoutListed(lines: string, listed: ReadonlySet<string>): string {
  return lines
    .split("\r\n")
    .filter((line) => {
      const name = line.slice(0, Math.max(0, line.indexOf(":"))).toLowerCase();
      // Framing isn't the Connection list's to remove: without it the body would be read as a request.
      return name === "content-length" || name === "transfer-encoding" || !listed.has(name);
    })
    .join("\r\n");
}
