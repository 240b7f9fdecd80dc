/** A local date and time; months from 1, weekdays from Sunday = 0. */
export interface WallTime {
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

const WEEKDAYS: ReadonlyMap<string, number> = new Map(
  ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"].map((name, i) => [name, i]),
);

/** Local time in a time zone. */
export class WallClock {
  readonly #format: Intl.DateTimeFormat | undefined;

  /** @throws RangeError for an unknown time zone. */
  constructor(timeZone: string) {
    this.#format = /^(?:UTC|Etc\/UTC)$/i.test(timeZone)
      ? undefined
      : new Intl.DateTimeFormat("en-US", {
          timeZone,
          hourCycle: "h23",
          weekday: "short",
          month: "numeric",
          day: "numeric",
          hour: "numeric",
          minute: "numeric",
        });
  }

  /** @param time milliseconds since 1970 */
  at(time: number): WallTime {
    const date = new Date(time);
    if (this.#format === undefined) {
      return {
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
        weekday: date.getUTCDay(),
        hour: date.getUTCHours(),
        minute: date.getUTCMinutes(),
      };
    }
    const parts = new Map(this.#format.formatToParts(date).map(({ type, value }) => [type, value]));
    const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
    return {
      month: number("month"),
      day: number("day"),
      weekday: WEEKDAYS.get(parts.get("weekday") ?? "") ?? 0,
      hour: number("hour"),
      minute: number("minute"),
    };
  }
}
