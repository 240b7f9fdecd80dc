import { type CronFields, type CronInterval, parseCron } from "../objects/cron-fields.ts";
import { WallClock, type WallTime } from "./wall-clock.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** The longest gap of any schedule that occurs at all: 29 February is missing for eight years around 2100. */
const HORIZON_DAYS = 366 * 9;
/** Search steps for that gap: up to six for a day, fewer for a month that is skipped. */
const MAX_STEPS = HORIZON_DAYS * 6;
const DAY = 24 * 60 * MINUTE;

/** When a CronJob runs, by {@link parseCron} and the clock of a time zone. */
export class CronSchedule {
  readonly #when: CronFields | CronInterval;
  readonly #clock: WallClock;

  /**
   * @param timeZone an IANA name: `Europe/Berlin`.
   * @throws CronSyntaxError; RangeError for an unknown time zone.
   */
  constructor(schedule: string, timeZone: string) {
    this.#when = parseCron(schedule);
    this.#clock = new WallClock(timeZone);
  }

  /**
   * The first time after `after`; undefined when no such time exists (30 February). A local time that is skipped in
   * spring is left out; one that occurs twice in autumn is returned twice.
   */
  next(after: Date): Date | undefined {
    if ("seconds" in this.#when) {
      return new Date(wholeSecond(after) + this.#when.seconds * SECOND);
    }
    const { months, hours, minutes } = this.#when;
    let time = Math.floor(after.getTime() / MINUTE) * MINUTE + MINUTE;
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const wall = this.#clock.at(time);
      // Adding 27 days never skips a whole month.
      if (!months.has(wall.month) && wall.day < 26) time += (26 - wall.day) * DAY;
      else if (!isDay(this.#when, wall)) time += untilMidnight(wall);
      else if (!hours.has(wall.hour)) time += (60 - wall.minute) * MINUTE;
      else if (!minutes.has(wall.minute)) time += untilMinute(minutes, wall.minute);
      else return new Date(time);
    }
    return undefined;
  }

  /** The last time up to `now` that is later than `after`; undefined when no such time exists. */
  latest(after: Date, now: Date): Date | undefined {
    if ("seconds" in this.#when) {
      const step = this.#when.seconds * SECOND;
      const steps = Math.floor((now.getTime() - wholeSecond(after)) / step);
      return steps < 1 ? undefined : new Date(wholeSecond(after) + steps * step);
    }
    // Searches backwards in growing windows, so that neither short nor long intervals take many steps.
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
}

function wholeSecond(time: Date): number {
  return Math.floor(time.getTime() / SECOND) * SECOND;
}

function isDay(fields: CronFields, { day, month, weekday }: WallTime): boolean {
  const { months, days, weekdays, bothDays } = fields;
  if (!months.has(month)) return false;
  const [inMonth, inWeek] = [days.has(day), weekdays.has(weekday)];
  return bothDays ? inMonth && inWeek : inMonth || inWeek;
}

/** To the next matching minute of the hour, or to the next hour. */
function untilMinute(minutes: ReadonlySet<number>, minute: number): number {
  let step = 1;
  while (minute + step < 60 && !minutes.has(minute + step)) step++;
  return step * MINUTE;
}

/** To an hour before the next day at most, as a day may be an hour shorter or longer. */
function untilMidnight({ hour, minute }: WallTime): number {
  const left = (24 - hour) * 60 - minute;
  return (left > 180 ? left - 120 : Math.min(left, 60 - minute)) * MINUTE;
}
