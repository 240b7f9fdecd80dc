/** Header names in lower case, each with its value or values, as node takes them for HTTP/2. */
export type FieldValues = Record<string, string | string[] | number>;

/**
 * One more value of a header. Of those that node lets have one only the first is kept, as it keeps it when it
 * reads them.
 * @param name lower case
 */
export function addValue(to: FieldValues, name: string, value: string): void {
  const before = to[name];
  if (before === undefined) to[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else if (!SINGLE.has(name)) to[name] = [String(before), value];
}

const SINGLE: ReadonlySet<string> = new Set([
  "access-control-allow-credentials",
  "access-control-max-age",
  "access-control-request-method",
  "age",
  "authorization",
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-md5",
  "content-range",
  "content-type",
  "date",
  "dnt",
  "etag",
  "expires",
  "from",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "last-modified",
  "location",
  "max-forwards",
  "proxy-authorization",
  "range",
  "referer",
  "retry-after",
  "tk",
  "upgrade-insecure-requests",
  "user-agent",
  "x-content-type-options",
]);
