import { type Authority, parseAuthority } from "./authority.ts";

export const SOCKS_VERSION = 5;

/** Methods of authentication (RFC 1928 section 3). */
export const METHOD = { none: 0, password: 2, unacceptable: 0xff } as const;

/** Codes of a reply (RFC 1928 section 6). */
export const REPLY = {
  succeeded: 0,
  notAllowed: 2,
  hostUnreachable: 4,
  refused: 5,
  commandNotSupported: 7,
  addressNotSupported: 8,
} as const;

export type ReplyCode = (typeof REPLY)[keyof typeof REPLY];

const CONNECT = 1;
const ADDRESS = { IPv4: 1, name: 3, IPv6: 4 } as const;
const PASSWORD_VERSION = 1;

/** Bytes of the input that a message takes. */
interface Message {
  readonly length: number;
}

/** @returns the methods that a client offers; undefined while the greeting is incomplete. */
export function readGreeting(
  input: Buffer,
): (Message & { readonly offered: Uint8Array }) | undefined {
  const count = input[1];
  if (count === undefined || input.length < 2 + count) return undefined;
  return { offered: input.subarray(2, 2 + count), length: 2 + count };
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/**
 * RFC 1929.
 * @returns undefined while it is incomplete; without `credentials` where it speaks another version.
 */
export function readCredentials(
  input: Buffer,
): (Message & { readonly credentials?: Credentials }) | undefined {
  const userEnd = 2 + (input[1] ?? 0);
  const end = userEnd + 1 + (input[userEnd] ?? 0);
  // A length that has not arrived counts as 0, and then the end lies beyond the input all the same.
  if (input.length <= userEnd || input.length < end) return undefined;
  if (input[0] !== PASSWORD_VERSION) return { length: end };
  const user = input.toString("utf8", 2, userEnd);
  const password = input.toString("utf8", userEnd + 1, end);
  return { credentials: { user, password }, length: end };
}

/** @returns the code of the reply where a request can't be served; undefined while it is incomplete. */
export function readRequest(
  input: Buffer,
): (Message & { readonly authority: Authority }) | ReplyCode | undefined {
  if (input.length < 5) return undefined;
  if (input[0] !== SOCKS_VERSION || input[1] !== CONNECT) return REPLY.commandNotSupported;
  const type = input[3];
  const size = type === ADDRESS.IPv4 ? 4 : type === ADDRESS.IPv6 ? 16 : (input[4] as number);
  const start = type === ADDRESS.name ? 5 : 4;
  if (type !== ADDRESS.IPv4 && type !== ADDRESS.name && type !== ADDRESS.IPv6) {
    return REPLY.addressNotSupported;
  }
  const end = start + size;
  if (input.length < end + 2) return undefined;
  const bytes = input.subarray(start, end);
  const name =
    type === ADDRESS.IPv4
      ? bytes.join(".")
      : type === ADDRESS.name
        ? bytes.toString("latin1")
        : `[${[...Array(8).keys()].map((i) => bytes.readUInt16BE(i * 2).toString(16)).join(":")}]`;
  const port = input.readUInt16BE(end);
  const authority = port === 0 ? undefined : parseAuthority(name);
  if (authority === undefined || authority.port !== undefined) return REPLY.addressNotSupported;
  return { authority: { host: authority.host, port }, length: end + 2 };
}

/** The method that a server takes of those that were offered. */
export function methodBytes(method: (typeof METHOD)[keyof typeof METHOD]): Buffer {
  return Buffer.from([SOCKS_VERSION, method]);
}

/** Whether credentials are accepted (RFC 1929). */
export function admissionBytes(isAdmitted: boolean): Buffer {
  return Buffer.from([PASSWORD_VERSION, isAdmitted ? 0 : 1]);
}

export function replyBytes(code: ReplyCode): Buffer {
  return Buffer.from([SOCKS_VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0]);
}
