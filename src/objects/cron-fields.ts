/** An invalid schedule. */
export class CronSyntaxError extends Error {
  override readonly name = "CronSyntaxError";
  readonly code = "cron-syntax";
  readonly schedule: string;
  /** What is wrong with it. */
  readonly problem: string;
  readonly hint: string | undefined;

  constructor(schedule: string, problem: string, hint?: string) {
    super(`schedule ${JSON.stringify(schedule.slice(0, 80))}: ${problem}`);
    this.schedule = schedule;
    this.problem = problem;
    this.hint = hint;
  }
}

/** A schedule by local date and time. */
export interface CronFields {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  /** Of the month. */
  readonly days: ReadonlySet<number>;
  /** From 1. */
  readonly months: ReadonlySet<number>;
  /** From Sunday = 0. */
  readonly weekdays: ReadonlySet<number>;
  /** Whether a day must match both sets; otherwise one of them suffices. */
  readonly bothDays: boolean;
}

/** A schedule by interval, counted from the last run. */
export interface CronInterval {
  /** Whole seconds, at least 1. */
  readonly seconds: number;
}

const MACROS: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
]);

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/**
 * Reads a CronJob's schedule exactly as a cluster does, whose parser is robfig/cron's standard one: five fields
 * (minute, hour, day of month, month, day of week from Sunday = 0) with lists, ranges, steps and names, or a macro
 * such as `@hourly`, or `@every 1h30m`. If both day fields are restricted, matching one suffices; a `*` with a step
 * counts as restricted.
 * @throws CronSyntaxError
 */
export function parseCron(schedule: string): CronFields | CronInterval {
  if (/^(?:CRON_)?TZ=/.test(schedule)) {
    throw new CronSyntaxError(
      schedule,
      "a time zone inside the schedule is not supported",
      "write it as spec.timeZone",
    );
  }
  if (schedule.startsWith("@every ")) return intervalOf(schedule);
  const fields = (MACROS.get(schedule) ?? schedule).split(/\s+/).filter((text) => text !== "");
  if (fields.length !== 5) {
    throw new CronSyntaxError(
      schedule,
      "it needs five fields (minute, hour, day, month and weekday), or a macro such as @hourly",
      'write "*/5 * * * *" for every five minutes',
    );
  }
  const field = (i: number, name: string, first: number, last: number, names?: string[]) =>
    parseField(fields[i]!, first, last, names, (problem, hint) => {
      throw new CronSyntaxError(schedule, `${name} ${problem}`, hint);
    });
  const [minutes, hours] = [field(0, "minute", 0, 59), field(1, "hour", 0, 23)];
  const days = field(2, "day of month", 1, 31);
  const months = field(3, "month", 1, 12, MONTHS);
  const weekdays = field(4, "day of week", 0, 6, DAYS);
  return {
    minutes: minutes.values,
    hours: hours.values,
    days: days.values,
    months: months.values,
    weekdays: weekdays.values,
    bothDays: days.open || weekdays.open,
  };
}

interface Field {
  readonly values: ReadonlySet<number>;
  /** Whether the field is unrestricted: `*`, also among others. */
  readonly open: boolean;
}

function parseField(
  text: string,
  first: number,
  last: number,
  names: readonly string[] | undefined,
  fail: (problem: string, hint?: string) => never,
): Field {
  const values = new Set<number>();
  let open = false;
  const numberOf = (word: string): number => {
    const named = names?.indexOf(word.toLowerCase()) ?? -1;
    if (named >= 0) return named + first;
    if (!/^\+?[0-9]{1,9}$/.test(word)) {
      fail(`has ${JSON.stringify(word.slice(0, 20))}, which is no number`);
    }
    const value = Number(word);
    if (value < first || value > last) {
      const sunday = names === DAYS && value === 7;
      fail(`is from ${first} to ${last}, not ${value}`, sunday ? "Sunday is 0" : undefined);
    }
    return value;
  };
  // Empty items between commas are ignored.
  for (const part of text.split(",").filter((each) => each !== "")) {
    const [range = "", step, ...more] = part.split("/");
    const [from = "", to, ...rest] = range.split("-");
    const all = from === "*" || from === "?";
    if (more.length > 0 || (rest.length > 0 && !all)) {
      fail(`has ${JSON.stringify(part.slice(0, 20))}`);
    }
    const low = all ? first : numberOf(from);
    // A step without an end continues to the largest value.
    const high = all ? last : to !== undefined ? numberOf(to) : step !== undefined ? last : low;
    if (high < low) fail(`has the range ${low}-${high}, which ends before it begins`);
    const by = step === undefined ? 1 : /^\+?[0-9]{1,9}$/.test(step) ? Number(step) : 0;
    if (by === 0) fail("has a step that is no positive number");
    open ||= all && by === 1;
    for (let value = low; value <= high; value += by) values.add(value);
  }
  if (values.size === 0) fail("is empty");
  return { values, open };
}

/** Seconds in a unit of Go's durations. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-9],
  ["us", 1e-6],
  ["µs", 1e-6],
  ["μs", 1e-6],
  ["ms", 1e-3],
  ["s", 1],
  ["m", 60],
  ["h", 3600],
]);

function intervalOf(schedule: string): CronInterval {
  const text = schedule.slice("@every ".length);
  const [, sign, units = ""] =
    /^([-+]?)((?:\d{1,15}(?:\.\d{0,15})?[a-zµμ]{1,2})+)$/.exec(text) ?? [];
  let seconds = 0;
  for (const [, count, unit] of units.matchAll(/([\d.]+)([a-zµμ]+)/g)) {
    seconds += Number(count) * (UNITS.get(unit!) ?? Number.NaN);
  }
  // Go's durations end at 290 years.
  if (units === "" || !(seconds < 9.2e9)) {
    throw new CronSyntaxError(
      schedule,
      `${JSON.stringify(text.slice(0, 40))} is no duration`,
      'write "@every 1h30m"',
    );
  }
  return { seconds: sign === "-" ? 1 : Math.max(1, Math.floor(seconds)) };
}
