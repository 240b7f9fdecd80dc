import { connectionOptions, passesInAnswer, passesInRequest } from "../exchange/passed-on.ts";
import type { KnownField } from "./fields.ts";
import type { RequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-head.ts";

/** The field lines of a request that are passed on. @param trusted see {@link passesInRequest}. */
export function keptOfRequest(head: RequestHead, trusted: boolean): string {
  return kept(
    head,
    // HTTP/1.0 has no interim answers, so a client of it can't ask for one with Expect.
    ({ name }) => passesInRequest(name, trusted) && (name !== "expect" || head.minor === 1),
  );
}

/** The field lines of an answer that are passed on. @param framed whether Content-Length is passed on with them. */
export function keptOfAnswer(head: ResponseHead, framed: boolean): string {
  return kept(head, ({ name }) =>
    // An answer that switches protocols needs its Upgrade field.
    name === "upgrade"
      ? head.status === 101
      : passesInAnswer(name) && (framed || name !== "content-length"),
  );
}

/** The lines as they came, without the fields that are never passed on and those that the Connection list names. */
function kept(head: RequestHead | ResponseHead, keep: (field: KnownField) => boolean): string {
  const { text, fields } = head.lines;
  let out = "";
  let from = 0;
  let listed: string | undefined;
  for (const field of fields) {
    if (field.name === "connection" && needsSearch(field.value)) {
      listed = listed === undefined ? field.value : `${listed},${field.value}`;
    }
    if (keep(field)) continue;
    if (field.start > from) out += text.slice(from, field.start);
    from = field.end;
  }
  // The caller adds the empty line that ends the section.
  if (from < text.length - 2) out += text.slice(from, text.length - 2);
  return listed === undefined ? out : withoutListed(out, connectionOptions(listed));
}

/** Whether the Connection list names fields that are not removed anyway. */
function needsSearch(value: string): boolean {
  return !/^(?:keep-alive|close|upgrade|te)$/i.test(value);
}

function withoutListed(lines: string, listed: ReadonlySet<string>): string {
  return lines
    .split("\r\n")
    .filter((line) => {
      const name = line.slice(0, Math.max(0, line.indexOf(":"))).toLowerCase();
      // The Connection list can't remove Content-Length or Transfer-Encoding: without them the body would be read as
      // the next request.
      return name === "content-length" || !listed.has(name);
    })
    .join("\r\n");
}
