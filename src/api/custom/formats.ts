import { isIP, isIPv4, isIPv6 } from "node:net";

/**
 * The string formats that an API server checks; unknown ones are not checked. A few that nobody uses for Kubernetes
 * (isbn, creditcard, ssn, colors) are not checked here either.
 */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  "date-time": (text) =>
    /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)$/.test(text) &&
    !Number.isNaN(Date.parse(text)),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
  duration: isDuration,
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  mac: (text) =>
    /^([0-9a-f]{2}([:-]))([0-9a-f]{2}\2){4}([0-9a-f]{2}\2[0-9a-f]{2}\2)?[0-9a-f]{2}$/i.test(text),
  uri: isUri,
  email: (text) => /^[^\s@<>"]+@[^\s@<>"]+$/.test(text),
  // Upstream requires two letters in the last label.
  hostname: (text) =>
    text.length <= 255 &&
    /^([a-z0-9](-?[a-z0-9]{0,62})?|([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63})$/i.test(
      text,
    ),
  uuid: (text) => UUID.test(text),
  uuid3: (text) => UUID.test(text) && digit(text, 12) === "3",
  uuid4: (text) => UUID.test(text) && digit(text, 12) === "4",
  uuid5: (text) => UUID.test(text) && digit(text, 12) === "5",
  byte: (text) => /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
  bsonobjectid: (text) => /^[0-9a-f]{24}$/i.test(text),
};

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

function digit(uuid: string, index: number): string | undefined {
  return uuid.replaceAll("-", "")[index];
}

/** Go's durations, or one number with a unit in words: `1h30m`, `3 days`. */
function isDuration(text: string): boolean {
  return (
    /^[+-]?((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+$/.test(text) ||
    /^\d+\s*(ns|us|ms|s|m|h|d|w|nanoseconds?|nanos?|microseconds?|micros?|milliseconds?|millis?|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|wks?)$/i.test(
      text,
    ) ||
    text === "0"
  );
}

function isCidr(text: string): boolean {
  const [address = "", length = "", ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(length)) return false;
  return Number(length) <= (version === 4 ? 32 : 128);
}

/** As in a request line: a path, or a URL with its scheme. */
function isUri(text: string): boolean {
  if (/[\s\x00-\x1f]/.test(text)) return false;
  return text.startsWith("/") || URL.canParse(text);
}

/** Whether a text has a format; true for formats that are not checked. */
export function hasFormat(text: string, format: string): boolean {
  return !Object.hasOwn(FORMATS, format) || FORMATS[format]!(text);
}

/** Formats that need no check, and those of numbers. */
const UNCHECKED: readonly string[] = [
  "password",
  "isbn",
  "isbn10",
  "isbn13",
  "creditcard",
  "ssn",
  "hexcolor",
  "rgbcolor",
  "int32",
  "int64",
  "float",
  "double",
];

export function isKnownFormat(format: string): boolean {
  return Object.hasOwn(FORMATS, format) || UNCHECKED.includes(format);
}
