import { type Forwarded, forwardedHeaders, isTrusted } from "../forwarded-headers.ts";
import type { RoutedRequest } from "../request-target.ts";
import type { ClientConnection } from "./client-connection.ts";
import { knownValue, listValue } from "./fields.ts";
import type { RequestHead } from "./request-head.ts";
import { rewriteRequest } from "./rewrite.ts";

/** What a pod is told of where the request came from. */
export function forwardedFor(
  { address, engine }: ClientConnection,
  { fields }: RequestHead,
  host: string,
): Forwarded {
  const trusted = isTrusted(engine.context.trustForwarded, address);
  return forwardedHeaders(address, host, trusted, {
    for: listValue(fields, "x-forwarded-for"),
    host: knownValue(fields, "x-forwarded-host"),
    proto: knownValue(fields, "x-forwarded-proto"),
  });
}

/** The head that a request goes to an HTTP/1.1 pod with. */
export function headForPod(
  connection: ClientConnection,
  head: RequestHead,
  { path, host }: RoutedRequest,
  upgrade: string | undefined,
): string {
  const forwarded = forwardedFor(connection, head, host);
  return rewriteRequest(head, {
    path,
    host,
    forwarded,
    upgrade,
  });
}
