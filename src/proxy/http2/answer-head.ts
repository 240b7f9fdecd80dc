import type { FieldSection } from "../exchange/field-section.ts";
import { type Malformed, type Pairs, readSection } from "./header-section.ts";

/** The head of an answer as it came (RFC 9113 section 8.3.2). */
export interface AnswerHead {
  readonly status: number;
  readonly fields: Pairs;
  readonly contentLength: number | undefined;
  /** It exceeds the limits, and part of it was dropped. */
  readonly isCut: boolean;
  /** What clients are sent, cached: the same head object often stands for many answers. */
  passedOn: FieldSection | undefined;
}

const PSEUDO: ReadonlySet<string> = new Set([":status"]);

export function readAnswerHead(pairs: Pairs, isCut: boolean): AnswerHead | Malformed {
  const section = readSection(pairs, PSEUDO);
  if ("malformed" in section) return section;
  const { pseudo, fields, contentLength } = section;
  const status = pseudo.get(":status") ?? "";
  if (!/^\d{3}$/.test(status)) return { malformed: "no :status of three digits" };
  return { status: Number(status), fields, contentLength, isCut, passedOn: undefined };
}
