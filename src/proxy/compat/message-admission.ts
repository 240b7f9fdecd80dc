import type { IncomingMessage } from "node:http";
import { forwardedFor } from "../forwarded-headers.ts";
import { connectionOptions, isHopByHop } from "../hop-by-hop.ts";
import { isRefusal, type Refusal, refusal } from "../refusal.ts";
import { type RoutedRequest, routeRequest } from "../request-target.ts";
import type { CompatEngine } from "./compat-engine.ts";
import { headerText } from "./message-refusal.ts";

/** Routes the request and rewrites it for the pod. */
export function admitMessage(
  engine: CompatEngine,
  req: IncomingMessage,
  client: string,
): RoutedRequest | Refusal {
  const { headers } = req;
  const { context } = engine;
  const why = whyRefused(req);
  if (why !== undefined) return why;
  const routed = routeRequest(context.router, req.method ?? "", req.url ?? "", headers.host);
  if (isRefusal(routed)) return routed;
  const listed = connectionOptions(headers.connection);
  if (listed.has("close")) engine.lastRequests.add(req);
  for (const name of Object.keys(headers)) {
    const framing = name === "transfer-encoding" || name === "content-length" || name === "host";
    if (!framing && (isHopByHop(name) || listed.has(name))) delete headers[name];
  }
  req.url = routed.path;
  headers.host = routed.host;
  const forwarded = forwardedFor(client, routed.host, context.trustForwarded, {
    for: headerText(headers["x-forwarded-for"]),
    host: headerText(headers["x-forwarded-host"]),
    proto: headerText(headers["x-forwarded-proto"]),
  });
  if (!forwarded.trusted) delete headers["forwarded"];
  headers["x-forwarded-for"] = forwarded.for;
  headers["x-forwarded-host"] = forwarded.host;
  headers["x-forwarded-proto"] = forwarded.proto;
  return routed;
}

/** What node:http lets pass and two parsers could read differently. */
function whyRefused(req: IncomingMessage): Refusal | undefined {
  const { headers, rawHeaders } = req;
  if (req.httpVersionMajor !== 1) {
    return refusal(505, "not-implemented", `this is an HTTP/1.1 server: HTTP/${req.httpVersion}`);
  }
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === "host") hosts++;
  }
  if (hosts > 1) return refusal(400, "bad-request", "the request has several Host headers");
  const codings = headers["transfer-encoding"];
  if (codings !== undefined && codings.toLowerCase() !== "chunked") {
    return refusal(501, "not-implemented", `no transfer coding but chunked is understood`);
  }
  if (codings !== undefined && req.httpVersion === "1.0") {
    return refusal(400, "bad-request", "HTTP/1.0 knows no Transfer-Encoding");
  }
  return undefined;
}
