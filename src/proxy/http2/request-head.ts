import type { FieldSection } from "../exchange/field-section.ts";
import { fieldValue, type Malformed, type Pairs, readSection } from "./header-section.ts";

/** The head of a request as it came (RFC 9113 section 8.3.1). */
export interface RequestHead {
  /** GET for an extended CONNECT: the method by which HTTP/1.1 asks for the same. */
  readonly method: string;
  /** The protocol of an extended CONNECT (RFC 8441 section 4). */
  readonly protocol: string | undefined;
  /** Absent with CONNECT. */
  readonly path: string | undefined;
  readonly authority: string | undefined;
  readonly fields: Pairs;
  readonly contentLength: number | undefined;
  /** It exceeds the limits, and part of it was dropped. */
  readonly isCut: boolean;
  readonly isGrpc: boolean;
  /** What pods are sent, cached: the same head object often stands for many requests. */
  passedOn: { readonly host: string; readonly fields: FieldSection } | undefined;
}

const PSEUDO: ReadonlySet<string> = new Set([
  ":method",
  ":protocol",
  ":scheme",
  ":authority",
  ":path",
]);

export function readRequestHead(pairs: Pairs, isCut: boolean): RequestHead | Malformed {
  const section = readSection(pairs, PSEUDO);
  if ("malformed" in section) return section;
  const { pseudo, fields, contentLength } = section;
  const method = pseudo.get(":method");
  const protocol = pseudo.get(":protocol");
  const path = pseudo.get(":path");
  const authority = pseudo.get(":authority");
  if (method === undefined || method === "") return { malformed: "no :method" };
  const isConnect = method === "CONNECT";
  if (protocol !== undefined && !isConnect) return { malformed: `a :protocol with ${method}` };
  // A body before the switch of protocols: pods would read the one as the other.
  if (isConnect && contentLength !== undefined) {
    return { malformed: "CONNECT with a content-length" };
  }
  if (isConnect && protocol === undefined) {
    if (path !== undefined || pseudo.has(":scheme")) return { malformed: "CONNECT with a :path" };
  } else if ((path === undefined || path === "" || !pseudo.has(":scheme")) && !isCut) {
    return { malformed: "no :path or no :scheme" };
  }
  const isGrpc = fieldValue(fields, "content-type")?.startsWith("application/grpc") ?? false;
  return {
    method: protocol === undefined ? method : "GET",
    protocol,
    path,
    authority,
    fields,
    contentLength,
    isCut,
    isGrpc: isGrpc && protocol === undefined,
    passedOn: undefined,
  };
}
