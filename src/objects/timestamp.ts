/**
 * A time as API servers write it: RFC 3339, whole seconds.
 * @param time a number is milliseconds since 1970
 */
export function timestamp(time: Date | number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
