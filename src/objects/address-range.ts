import { isIP } from "node:net";

/** Whether a text is an address range in CIDR notation: `10.0.0.0/8`, `fd00::/64`. */
export function isAddressRange(text: string): boolean {
  const slash = text.indexOf("/");
  const family = isIP(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (slash < 0 || family === 0 || !/^(?:0|[1-9][0-9]{0,2})$/.test(length)) return false;
  return Number(length) <= (family === 4 ? 32 : 128);
}
