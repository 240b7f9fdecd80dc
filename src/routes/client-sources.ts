import { familyOf } from "../net/address.ts";
import { Cidr, InvalidCidrError } from "../net/cidr.ts";

/** Which client addresses are allowed. */
export interface ClientSources {
  /** Absent: all except the denied ones. */
  readonly allow: readonly Cidr[] | undefined;
  readonly deny: readonly Cidr[];
}

export function mayAsk({ allow, deny }: ClientSources, address: string): boolean {
  if (deny.some((range) => range.contains(address))) return false;
  return allow === undefined || allow.some((range) => range.contains(address));
}

/** Ranges and addresses, separated by commas; undefined if one is invalid: ingress-nginx ignores the list then. */
export function sourceRanges(text: string | undefined): Cidr[] | undefined {
  const parts = text?.split(",").flatMap((each) => each.trim() || []) ?? [];
  if (parts.length === 0) return undefined;
  try {
    return parts.map((each) => {
      const family = familyOf(each);
      return new Cidr(family === undefined ? each : `${each}/${family === "IPv4" ? 32 : 128}`);
    });
  } catch (error) {
    if (error instanceof InvalidCidrError) return undefined;
    throw error;
  }
}
