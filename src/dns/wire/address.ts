/** The four bytes of a dotted IPv4 address as one number, or -1 for any other text (leading zeros included). */
export function parseIPv4(text: string): number {
  let value = 0;
  let part = -1;
  let parts = 0;
  let first = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? 46 : text.charCodeAt(i);
    if (code === 46) {
      if (part < 0 || parts === 4) return -1;
      value = value * 256 + part;
      parts++;
      part = -1;
    } else if (code >= 48 && code <= 57) {
      if (part < 0) {
        part = code - 48;
        first = part;
      } else {
        if (first === 0) return -1;
        part = part * 10 + code - 48;
        if (part > 255) return -1;
      }
    } else {
      return -1;
    }
  }
  return parts === 4 ? value : -1;
}

/** The eight groups of an IPv6 address (RFC 4291 2.2, no zone index), or undefined for any other text. */
export function parseIPv6(text: string): number[] | undefined {
  if (text.length < 2 || text.length > 45) return undefined;
  const gap = text.indexOf("::");
  if (gap < 0) {
    const groups = parseGroups(text);
    return groups?.length === 8 ? groups : undefined;
  }
  if (text.indexOf("::", gap + 1) >= 0) return undefined;
  const left = gap === 0 ? [] : parseGroups(text.slice(0, gap), false);
  const right = gap + 2 === text.length ? [] : parseGroups(text.slice(gap + 2));
  if (left === undefined || right === undefined) return undefined;
  const missing = 8 - left.length - right.length;
  if (missing < 1) return undefined;
  return [...left, ...new Array<number>(missing).fill(0), ...right];
}

/** Groups separated by single colons; the last may be a dotted IPv4 address. */
function parseGroups(text: string, mayEndDotted = true): number[] | undefined {
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else if (mayEndDotted && i === parts.length - 1) {
      const v4 = parseIPv4(part);
      if (v4 < 0) return undefined;
      groups.push(Math.floor(v4 / 65536), v4 % 65536);
    } else {
      return undefined;
    }
  }
  return groups;
}

/** The IPv4 address inside an IPv4-mapped IPv6 address (`::ffff:a.b.c.d`), or -1. */
export function mappedIPv4(groups: readonly number[]): number {
  for (let i = 0; i < 5; i++) if (groups[i] !== 0) return -1;
  return groups[5] === 0xffff ? (groups[6] as number) * 65536 + (groups[7] as number) : -1;
}

export function formatIPv4(value: number): string {
  return `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** Canonical text (RFC 5952): lower case, no leading zeros, the longest run of zeros as `::`. */
export function formatIPv6(groups: readonly number[]): string {
  const mapped = mappedIPv4(groups);
  if (mapped >= 0) return `::ffff:${formatIPv4(mapped)}`;
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; ) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > length) {
      start = i;
      length = end - i;
    }
    i = end === i ? i + 1 : end;
  }
  const hex = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  return start < 0 ? hex(0, 8) : `${hex(0, start)}::${hex(start + length, 8)}`;
}

/** The form of a host text in record look-ups: an IPv4-mapped IPv6 address counts as IPv4 (D.5). */
export function addressFamily(text: string): 4 | 6 | 0 {
  if (parseIPv4(text) >= 0) return 4;
  if (!text.includes(":")) return 0;
  const groups = parseIPv6(text);
  if (groups === undefined) return 0;
  return mappedIPv4(groups) >= 0 ? 4 : 6;
}
