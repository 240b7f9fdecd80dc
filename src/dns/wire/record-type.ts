/** Record types and query types by name (RFC 1035, 3596, 2782, 6891, 9460). */
const CODES: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  SVCB: 64,
  HTTPS: 65,
  OPT: 41,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
};

const codeOf = new Map(Object.entries(CODES));
const nameOf: (string | undefined)[] = [];
for (const [name, code] of codeOf) nameOf[code] = name;

export const TYPE_A = 1;
export const TYPE_NS = 2;
export const TYPE_CNAME = 5;
export const TYPE_SOA = 6;
export const TYPE_PTR = 12;
export const TYPE_MX = 15;
export const TYPE_TXT = 16;
export const TYPE_AAAA = 28;
export const TYPE_SRV = 33;
export const TYPE_OPT = 41;
export const TYPE_IXFR = 251;
export const TYPE_AXFR = 252;

/** `A`, `SRV`; `TYPE1234` where there is no name (RFC 3597). */
export function typeName(code: number): string {
  return nameOf[code] ?? `TYPE${code}`;
}

/**
 * The number of a type's name, in any case, or of `TYPE1234`.
 * @returns undefined for anything else.
 */
export function typeCode(name: string): number | undefined {
  const exact = codeOf.get(name);
  if (exact !== undefined) return exact;
  const upper = name.toUpperCase();
  const known = codeOf.get(upper);
  if (known !== undefined) return known;
  const generic = /^TYPE(\d{1,5})$/.exec(upper);
  const code = generic === null ? Number.NaN : Number(generic[1]);
  return code <= 0xffff ? code : undefined;
}
