/** A host with an optional port, as in a Host header or an absolute URL. */
export interface Authority {
  /** Lower case, without brackets and without a final dot. */
  readonly host: string;
  readonly port?: number;
}

/** Longer than any name DNS allows, plus a port. */
const MAX_LENGTH = 270;
const NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.?$/;
const ADDRESS6 = /^[0-9a-f:.]+$/;

/** @returns undefined for anything but a host name or an address, with or without a port. */
export function parseAuthority(text: string): Authority | undefined {
  if (text.length === 0 || text.length > MAX_LENGTH) return undefined;
  const lower = text.toLowerCase();
  let host = lower;
  let rest = "";
  if (lower.startsWith("[")) {
    const end = lower.indexOf("]");
    if (end < 0) return undefined;
    host = lower.slice(1, end);
    rest = lower.slice(end + 1);
    if (!ADDRESS6.test(host) || !host.includes(":")) return undefined;
  } else {
    const colon = lower.indexOf(":");
    if (colon >= 0) {
      host = lower.slice(0, colon);
      rest = lower.slice(colon);
    }
    if (!NAME.test(host)) return undefined;
    if (host.endsWith(".")) host = host.slice(0, -1);
  }
  if (rest === "") return { host };
  if (!/^:\d{0,5}$/.test(rest)) return undefined;
  if (rest === ":") return { host };
  const port = Number(rest.slice(1));
  return port === 0 || port > 65_535 ? undefined : { host, port };
}
