import { hasContent } from "../../exchange/content.ts";
import { FieldSection } from "../../exchange/field-section.ts";
import { fieldValue } from "../../http2/header-section.ts";
import type { RequestHead } from "../../http2/request-head.ts";
import type { Stream } from "../../http2/stream.ts";
import type { Refusal } from "../../refusal.ts";
import { refusalPage } from "../../refusal-page.ts";

/** gRPC status UNAVAILABLE: clients may retry. */
const GRPC_UNAVAILABLE = "14";
const GRPC_UNIMPLEMENTED = "12";

/** How a gRPC client is told that the rest of an answer is missing. */
export function unavailable(reason: string): string[] {
  return ["grpc-status", GRPC_UNAVAILABLE, "grpc-message", encodeURIComponent(reason)];
}

/** A refusal as an HTTP/2 answer, or as the status that a gRPC client reads. @param home see {@link refusalPage} */
export function respondRefusal(
  stream: Stream<RequestHead>,
  head: RequestHead,
  why: Refusal,
  home: string | undefined,
): void {
  if (head.isGrpc) {
    const status = why.status === 404 ? GRPC_UNIMPLEMENTED : GRPC_UNAVAILABLE;
    const message = encodeURIComponent(why.reason);
    const fields = [
      "content-type",
      "application/grpc",
      "grpc-status",
      status,
      "grpc-message",
      message,
    ];
    stream.sendHead([":status", "200"], FieldSection.ofPairs(fields), true);
    return;
  }
  const status = [":status", String(why.status)];
  const own = FieldSection.ofPairs(why.fields ?? []);
  if (!hasContent("GET", why.status)) {
    stream.sendHead(status, own, true);
    return;
  }
  const { type, body } = refusalPage(why, fieldValue(head.fields, "accept"), home);
  const content = Buffer.from(head.method === "HEAD" ? "" : body);
  const fields = own.plus("content-type", type, "x-content-type-options", "nosniff");
  stream.sendHead(status, fields, content.length === 0);
  if (content.length > 0) stream.write(content, 0, content.length, true);
}
