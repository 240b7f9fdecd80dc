/** Texts of the API with a meaning of their own: bytes, times, durations, parsed as in Go. */

export function isBase64(text: string): boolean {
  const clean = text.replace(/[\r\n]/g, "");
  return clean.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(clean);
}

/** RFC 3339: `2026-01-31T12:00:00Z`. */
export function isTime(text: string): boolean {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:Z|[-+]\d{2}:\d{2})$/.exec(text) ??
    [];
  if (second === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
    return false;
  // A day that the month does not have becomes one of the next.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && Number(day) >= 1;
}

/** `1h30m`, `1.5s`, `0`. */
export function isDuration(text: string): boolean {
  return /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text);
}
