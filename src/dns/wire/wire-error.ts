/** Why a message can't be read, as stable codes that callers may switch on. */
export type WireErrorCode =
  | "header-cut"
  | "name-cut"
  | "name-too-long"
  | "label-type"
  | "pointer-cut"
  | "pointer-forward"
  | "pointer-loop"
  | "question-cut"
  | "record-cut"
  | "record-data"
  | "opt-duplicate"
  | "opt-owner"
  | "opt-option-cut"
  | "trailing-bytes";

const MESSAGES: Readonly<Record<WireErrorCode, string>> = {
  "header-cut": "the message is shorter than the 12 bytes of a header",
  "name-cut": "a name runs past the end of the message",
  "name-too-long": "a name is longer than 255 bytes",
  "label-type": "a label begins with the reserved bits 01 or 10",
  "pointer-cut": "a compression pointer is cut off or points past the end of the message",
  "pointer-forward": "a compression pointer does not point to an earlier place",
  "pointer-loop": "compression pointers go in a circle",
  "question-cut": "the message ends inside a question",
  "record-cut": "the message ends inside a record",
  "record-data": "a record's data does not have the form of its type",
  "opt-duplicate": "there are two OPT records",
  "opt-owner": "the OPT record's owner is not the root",
  "opt-option-cut": "an EDNS option runs past the end of its record",
  "trailing-bytes": "bytes follow the end of the message",
};

/** A message that breaks the rules of the wire format (RFC 1035 section 4, RFC 6891 section 6). */
export class WireError extends Error {
  override readonly name = "WireError";
  readonly code: WireErrorCode;
  /** Bytes from the beginning of the message. */
  readonly offset: number;

  constructor(code: WireErrorCode, offset: number) {
    super(`${MESSAGES[code]} (at byte ${offset})`);
    this.code = code;
    this.offset = offset;
  }
}

/** A value that can't be encoded in a message. */
export class EncodeError extends Error {
  override readonly name = "EncodeError";
  readonly code: "name" | "address" | "number" | "text" | "size";
  readonly value: unknown;

  constructor(code: EncodeError["code"], message: string, value: unknown) {
    super(message);
    this.code = code;
    this.value = value;
  }
}
