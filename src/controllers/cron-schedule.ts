import { WallClock, type WallTime } from "./wall-clock.ts";

/** A schedule that can't be read. */
export class CronSyntaxError extends Error {
  override readonly name = "CronSyntaxError";
  readonly code = "ERR_CRON_SYNTAX";
  readonly schedule: string;

  constructor(schedule: string, problem: string) {
    super(`schedule ${JSON.stringify(schedule.slice(0, 80))}: ${problem}`);
    this.schedule = schedule;
  }
}

const MINUTE = 60_000;
/** No schedule that ever comes has longer gaps: 29 February skips eight years around 2100. */
const HORIZON_DAYS = 366 * 9;
/** Half a dozen for a day, and a month that is left out takes fewer. */
const MAX_STEPS = HORIZON_DAYS * 6;
const DAY = 24 * 60 * MINUTE;

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const MACROS: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
]);

/**
 * When a CronJob runs: five fields (minute, hour, day of month, month, day of week) with lists, ranges,
 * steps and names, or a macro such as `@hourly`. If both days are restricted, either is enough.
 */
export class CronSchedule {
  readonly #minutes: ReadonlySet<number>;
  readonly #hours: ReadonlySet<number>;
  readonly #days: ReadonlySet<number>;
  readonly #months: ReadonlySet<number>;
  readonly #weekdays: ReadonlySet<number>;
  /** Whether a day must be in both sets: one of them is not restricted. */
  readonly #bothDays: boolean;
  readonly #clock: WallClock;

  /**
   * @param timeZone an IANA name: `Europe/Berlin`.
   * @throws CronSyntaxError; RangeError for an unknown time zone.
   */
  constructor(schedule: string, timeZone: string) {
    const fields = (MACROS.get(schedule.trim()) ?? schedule).trim().split(/\s+/);
    if (fields.length !== 5) throw new CronSyntaxError(schedule, "it needs five fields or a macro");
    const field = (i: number, name: string, first: number, last: number, names?: string[]) =>
      parseField(fields[i]!, first, last, names, (problem) => {
        throw new CronSyntaxError(schedule, `${name} ${problem}`);
      });
    this.#minutes = field(0, "minute", 0, 59);
    this.#hours = field(1, "hour", 0, 23);
    this.#days = field(2, "day of month", 1, 31);
    this.#months = field(3, "month", 1, 12, MONTHS);
    const weekdays = field(4, "day of week", 0, 7, DAYS);
    this.#weekdays = new Set([...weekdays].map((day) => day % 7));
    this.#bothDays = isOpen(fields[2]!) || isOpen(fields[4]!);
    this.#clock = new WallClock(timeZone);
  }

  /**
   * The first time after `after`, in whole minutes; undefined when there is none (30 February). A time that
   * the clock skips in spring is left out; one that comes twice in autumn comes twice.
   */
  next(after: Date): Date | undefined {
    let time = Math.floor(after.getTime() / MINUTE) * MINUTE + MINUTE;
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const wall = this.#clock.at(time);
      // Every month has 27 days, so the next one is not missed.
      if (!this.#months.has(wall.month) && wall.day < 26) time += (26 - wall.day) * DAY;
      else if (!this.#isDay(wall)) time += untilMidnight(wall);
      else if (!this.#hours.has(wall.hour)) time += (60 - wall.minute) * MINUTE;
      else if (!this.#minutes.has(wall.minute)) time += this.#untilMinute(wall.minute);
      else return new Date(time);
    }
    return undefined;
  }

  /** The last time up to `now` that is later than `after`; undefined when there is none. */
  latest(after: Date, now: Date): Date | undefined {
    // Look back in growing windows, so that neither short nor long intervals take many steps.
    for (const minutes of [1, 60, 1440, 31 * 1440, 366 * 1440, HORIZON_DAYS * 1440]) {
      const from = Math.max(after.getTime(), now.getTime() - minutes * MINUTE);
      let found: Date | undefined;
      for (let time = this.next(new Date(from)); time && time <= now; time = this.next(time)) {
        found = time;
      }
      if (found !== undefined || from === after.getTime()) return found;
    }
    return undefined;
  }

  #isDay({ day, month, weekday }: WallTime): boolean {
    if (!this.#months.has(month)) return false;
    const [inMonth, inWeek] = [this.#days.has(day), this.#weekdays.has(weekday)];
    return this.#bothDays ? inMonth && inWeek : inMonth || inWeek;
  }

  /** To the next matching minute of the hour, or to the next hour. */
  #untilMinute(minute: number): number {
    let step = 1;
    while (minute + step < 60 && !this.#minutes.has(minute + step)) step++;
    return step * MINUTE;
  }
}

/** To an hour before the next day at most, as a day may be an hour shorter or longer. */
function untilMidnight({ hour, minute }: WallTime): number {
  const left = (24 - hour) * 60 - minute;
  return (left > 180 ? left - 120 : Math.min(left, 60 - minute)) * MINUTE;
}

function isOpen(field: string): boolean {
  return field.startsWith("*") || field.startsWith("?");
}

function parseField(
  text: string,
  first: number,
  last: number,
  names: readonly string[] | undefined,
  fail: (problem: string) => never,
): Set<number> {
  const values = new Set<number>();
  const numberOf = (word: string): number => {
    const named = names?.indexOf(word.toLowerCase()) ?? -1;
    if (named >= 0) return named + (first === 1 ? 1 : 0);
    if (!/^[0-9]{1,2}$/.test(word))
      fail(`has ${JSON.stringify(word.slice(0, 20))}, which is no number`);
    const value = Number(word);
    if (value < first || value > last) fail(`is from ${first} to ${last}, not ${value}`);
    return value;
  };
  for (const part of text.split(",")) {
    const [range = "", step, ...more] = part.split("/");
    const [from = "", to, ...rest] = range.split("-");
    if (more.length > 0 || rest.length > 0) fail(`has ${JSON.stringify(part.slice(0, 20))}`);
    const open = from === "*" || from === "?";
    const low = open ? first : numberOf(from);
    // A step without an end goes on to the last value.
    const high = to !== undefined ? numberOf(to) : open || step !== undefined ? last : low;
    if (open && to !== undefined) fail(`has ${JSON.stringify(range.slice(0, 20))}`);
    if (high < low) fail(`has the range ${low}-${high}, which ends before it begins`);
    const by = step === undefined ? 1 : /^[0-9]{1,2}$/.test(step) ? Number(step) : 0;
    if (by === 0) fail(`has a step that is no positive number`);
    for (let value = low; value <= high; value += by) values.add(value);
  }
  return values;
}
