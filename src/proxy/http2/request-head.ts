import type { FieldSection } from "../exchange/field-section.ts";
import { fieldValue, type Malformed, type Pairs, readSection } from "./header-section.ts";

/** The head of a request as it came (RFC 9113 section 8.3.1). */
export interface RequestHead {
  readonly method: string;
  /** Absent with CONNECT. */
  readonly path: string | undefined;
  readonly authority: string | undefined;
  readonly fields: Pairs;
  readonly contentLength: number | undefined;
  /** More than the limits allow, and not all of it is here. */
  readonly isCut: boolean;
  readonly isGrpc: boolean;
  /** What pods are told, once it was made: the same head is often there for many requests. */
  passedOn: { readonly host: string; readonly fields: FieldSection } | undefined;
}

const PSEUDO: ReadonlySet<string> = new Set([":method", ":scheme", ":authority", ":path"]);

export function readRequestHead(pairs: Pairs, isCut: boolean): RequestHead | Malformed {
  const section = readSection(pairs, PSEUDO);
  if ("malformed" in section) return section;
  const { pseudo, fields, contentLength } = section;
  const method = pseudo.get(":method");
  const path = pseudo.get(":path");
  const authority = pseudo.get(":authority");
  const isConnect = method === "CONNECT";
  if (method === undefined || method === "") return { malformed: "no :method" };
  const hasTarget = path !== undefined && path !== "" && pseudo.has(":scheme");
  if (isConnect ? path !== undefined || pseudo.has(":scheme") : !hasTarget && !isCut) {
    return { malformed: isConnect ? "CONNECT with a :path" : "no :path or no :scheme" };
  }
  const isGrpc = fieldValue(fields, "content-type")?.startsWith("application/grpc") ?? false;
  return { method, path, authority, fields, contentLength, isCut, isGrpc, passedOn: undefined };
}
