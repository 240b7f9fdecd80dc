import {
  type Forwarded,
  forwardedHeaders,
  isTrusted,
  type TrustForwarded,
} from "../forwarded-headers.ts";
import { headerValue, joinedValues } from "./fields.ts";
import type { StreamRequest } from "./stream-request.ts";

/** What the pod is told of who asked. */
export function forwardedFor(
  { raw, host, client }: Pick<StreamRequest, "raw" | "host" | "client">,
  setting: TrustForwarded,
): Forwarded {
  const address = client.address ?? "";
  return forwardedHeaders(address, host, isTrusted(setting, address), {
    for: joinedValues(raw, "x-forwarded-for"),
    host: headerValue(raw, "x-forwarded-host"),
    proto: headerValue(raw, "x-forwarded-proto"),
  });
}
