/** Response codes (RFC 1035 4.1.1, RFC 2136, RFC 6891). */
export type Rcode =
  | "NOERROR"
  | "FORMERR"
  | "SERVFAIL"
  | "NXDOMAIN"
  | "NOTIMP"
  | "REFUSED"
  | "BADVERS"
  | `RCODE${number}`;

const NAMES: readonly Rcode[] = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

export const NOERROR = 0;
export const FORMERR = 1;
export const SERVFAIL = 2;
export const NXDOMAIN = 3;
export const NOTIMP = 4;
export const REFUSED = 5;
/** Needs the extended bits of an OPT record. */
export const BADVERS = 16;

export function rcodeName(code: number): Rcode {
  return code === BADVERS ? "BADVERS" : (NAMES[code] ?? `RCODE${code}`);
}

export function rcodeNumber(name: Rcode): number {
  if (name === "NOERROR") return NOERROR;
  if (name === "BADVERS") return BADVERS;
  const index = NAMES.indexOf(name);
  return index >= 0 ? index : Number(name.slice(5));
}
