import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CronSchedule } from "../../src/controllers/cron-schedule.ts";
import { standardControllers } from "../../src/controllers/standard.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { CronSyntaxError } from "../../src/objects/cron-fields.ts";
import type { CronJob } from "../../src/objects/workloads.ts";
import { Store } from "../../src/store/store.ts";
import { del, endPods, put } from "./cluster.ts";

describe("a schedule", () => {
  it.each([
    ["* * * * *", "UTC", "2026-01-01T00:00:30Z", "2026-01-01T00:01:00Z"],
    ["* * * * *", "UTC", "2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"],
    ["*/15 * * * *", "UTC", "2026-01-01T00:16:00Z", "2026-01-01T00:30:00Z"],
    ["5/20 * * * *", "UTC", "2026-01-01T00:26:00Z", "2026-01-01T00:45:00Z"],
    ["10-20/5 * * * *", "UTC", "2026-01-01T00:20:00Z", "2026-01-01T01:10:00Z"],
    ["0,30 8-9 * * *", "UTC", "2026-01-01T09:30:00Z", "2026-01-02T08:00:00Z"],
    ["0 3 * * *", "UTC", "2026-12-31T03:00:00Z", "2027-01-01T03:00:00Z"],
    ["0 0 1 * *", "UTC", "2026-01-15T00:00:00Z", "2026-02-01T00:00:00Z"],
    ["0 0 31 * *", "UTC", "2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z"],
    ["0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"],
    ["0 0 29 feb ?", "UTC", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"],
    ["0 9 * * MON-fri", "UTC", "2026-01-02T10:00:00Z", "2026-01-05T09:00:00Z"],
    ["0 0 * * 0", "UTC", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"],
    // Both days restricted: either will do.
    ["0 0 13 * 5", "UTC", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"],
    ["0 0 13 * 5", "UTC", "2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z"],
    // Everything with a step is a restriction too.
    ["0 0 */2 * 5", "UTC", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"],
    // One that is left open, also among others, and by a step of 1: both have to fit.
    ["0 0 */1 * 5", "UTC", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"],
    ["0 0 13,* * 5", "UTC", "2026-01-02T00:00:00Z", "2026-01-09T00:00:00Z"],
    ["0 0 13 * ?", "UTC", "2026-01-01T00:00:00Z", "2026-01-13T00:00:00Z"],
    ["0 ? * * *", "UTC", "2026-01-01T00:10:00Z", "2026-01-01T01:00:00Z"],
    ["*/100 * * * *", "UTC", "2026-01-01T00:10:00Z", "2026-01-01T01:00:00Z"],
    ["*-5 * * * *", "UTC", "2026-01-01T00:10:00Z", "2026-01-01T00:11:00Z"],
    ["007,,+9 * * * *", "UTC", "2026-01-01T00:07:00Z", "2026-01-01T00:09:00Z"],
    ["  0 3  * * *", "UTC", "2026-01-01T00:00:00Z", "2026-01-01T03:00:00Z"],
    ["@every 90s", "UTC", "2026-01-01T00:00:00.7Z", "2026-01-01T00:01:30Z"],
    ["@every 1h30m", "Europe/Berlin", "2026-01-01T00:00:00Z", "2026-01-01T01:30:00Z"],
    ["@every 1.5h", "UTC", "2026-01-01T00:00:00Z", "2026-01-01T01:30:00Z"],
    ["@every 2500ms", "UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:00:02Z"],
    // Never more often than once a second.
    ["@every 10ms", "UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"],
    ["@every -1h", "UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"],
    ["@hourly", "UTC", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"],
    ["@daily", "UTC", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"],
    ["@weekly", "UTC", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"],
    ["@monthly", "UTC", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"],
    ["@yearly", "UTC", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"],
    ["0 3 * * *", "Europe/Berlin", "2026-01-01T00:00:00Z", "2026-01-01T02:00:00Z"],
    ["0 3 * * *", "Europe/Berlin", "2026-07-01T00:00:00Z", "2026-07-01T01:00:00Z"],
    ["30 0 * * *", "Asia/Kolkata", "2026-01-01T00:00:00Z", "2026-01-01T19:00:00Z"],
    // 2026-03-29: from 2:00 the clock goes to 3:00, so 2:30 is left out.
    ["30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"],
    // 2026-10-25: from 3:00 the clock goes back to 2:00, so 2:30 comes twice.
    ["30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"],
    ["30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"],
    ["0 0 1 4 *", "America/New_York", "2026-01-01T00:00:00Z", "2026-04-01T04:00:00Z"],
  ])("%s in %s after %s is next at %s", (schedule, zone, after, next) => {
    expect(new CronSchedule(schedule, zone).next(new Date(after))).toEqual(new Date(next));
  });

  it("that never comes has no next time", () => {
    expect(new CronSchedule("0 0 30 2 *", "UTC").next(new Date(0))).toBeUndefined();
  });

  it.each([
    "",
    "* * * *",
    "* * * * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * * 13 *",
    "* * * * 8",
    // Sunday is 0, and not 7 as in some crontabs.
    "* * * * 7",
    "5-1 * * * *",
    "*/0 * * * *",
    "*/x * * * *",
    "1/2/3 * * * *",
    "1-2-3 * * * *",
    "a * * * *",
    "1-x * * * *",
    "@never",
    " @hourly",
    "@HOURLY",
    "@every",
    "@every 5",
    "@every 5 m",
    "@every 5d",
    "@every 1h 30m",
    "@every 9999999999h",
    "TZ=UTC * * * * *",
    "CRON_TZ=UTC @hourly",
    "-1 * * * *",
    ", * * * *",
    "L * * * *",
  ])("%o is refused", (schedule) => {
    expect(() => new CronSchedule(schedule, "UTC")).toThrow(CronSyntaxError);
  });

  it("in an unknown time zone is refused", () => {
    expect(() => new CronSchedule("* * * * *", "Mars/Olympus")).toThrow(RangeError);
  });

  it("is what going through all minutes finds", () => {
    const field = (low: number, high: number) =>
      fc.oneof(
        fc.constant("*"),
        fc.integer({ min: low, max: high }).map(String),
        fc.integer({ min: 2, max: 9 }).map((step) => `*/${step}`),
        fc
          .tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }))
          .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      );
    const schedule = fc.tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6));
    const start = fc.date({
      min: new Date("2026-01-01"),
      max: new Date("2027-01-01"),
      noInvalidDate: true,
    });
    const values = (text: string, low: number, high: number): number[] => {
      const all = Array.from({ length: high - low + 1 }, (_, i) => low + i);
      const [, step] = text.split("/");
      if (step !== undefined) return all.filter((value) => (value - low) % Number(step) === 0);
      if (text === "*") return all;
      const [from, to = from] = text.split("-").map(Number);
      return all.filter((value) => value >= from! && value <= to!);
    };
    fc.assert(
      fc.property(schedule, start, ([minute, hour, day, month, weekday], after) => {
        const found = new CronSchedule([minute, hour, day, month, weekday].join(" "), "UTC").next(
          after,
        );
        const open = day === "*" || weekday === "*";
        const matches = (date: Date) => {
          const inMonth = values(day, 1, 31).includes(date.getUTCDate());
          const inWeek = values(weekday, 0, 6).includes(date.getUTCDay());
          return (
            values(minute, 0, 59).includes(date.getUTCMinutes()) &&
            values(hour, 0, 23).includes(date.getUTCHours()) &&
            values(month, 1, 12).includes(date.getUTCMonth() + 1) &&
            (open ? inMonth && inWeek : inMonth || inWeek)
          );
        };
        const first = Math.floor(after.getTime() / 60_000) * 60_000 + 60_000;
        if (found !== undefined) expect(matches(found)).toBe(true);
        // A day of minutes is looked through, and nothing in it was missed.
        const end = Math.min(found?.getTime() ?? Number.POSITIVE_INFINITY, first + 86_400_000);
        for (let time = first; time < end; time += 60_000) {
          if (matches(new Date(time))) expect(new Date(time)).toEqual(found);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ["* * * * *", "2026-01-01T00:00:00Z", "2026-06-01T12:34:56Z", "2026-06-01T12:34:00Z"],
    ["0 0 1 1 *", "2016-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "2026-01-01T00:00:00Z"],
    ["0 0 * * *", "2026-06-01T00:00:00Z", "2026-06-01T12:00:00Z", undefined],
    ["0 12 * * *", "2026-06-01T00:00:00Z", "2026-06-01T12:00:00Z", "2026-06-01T12:00:00Z"],
    ["0 0 29 2 *", "2020-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2024-02-29T00:00:00Z"],
  ])("%s after %s was last before %s at %s", (schedule, after, now, latest) => {
    const found = new CronSchedule(schedule, "UTC").latest(new Date(after), new Date(now));
    expect(found).toEqual(latest === undefined ? undefined : new Date(latest));
  });
});

describe("a CronJob", () => {
  let now: Date;
  const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1) + minutes * 60_000);
  const cronJob = (spec: object = {}): CronJob => ({
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "tick", namespace: "shop" },
    spec: {
      schedule: "*/10 * * * *",
      jobTemplate: {
        metadata: { labels: { job: "tick" }, annotations: { a: "b" } },
        spec: { template: { spec: { containers: [{ name: "main" }] } } },
      },
      ...spec,
    },
  });
  function storeWith(...crons: readonly CronJob[]) {
    now = at(0);
    const findings: Diagnostic[] = [];
    const onFinding = (finding: Diagnostic) => findings.push(finding);
    const store = new Store({ controllers: standardControllers({ onFinding }), now: () => now });
    store.apply(crons.map(put));
    return { store, findings };
  }
  const jobs = (store: Store) => store.list("Job.batch").map(({ metadata }) => metadata.name);
  const jobName = (minutes: number) => `tick-${at(minutes).getTime() / 60_000}`;
  const finish = (store: Store, phase: "Succeeded" | "Failed" = "Succeeded") => {
    const pods = store.list("Pod").filter(({ status }) => status?.phase === "Pending");
    endPods(
      store,
      pods.map(({ metadata }) => metadata.name),
      phase,
    );
  };
  const tickAt = (store: Store, minutes: number) => {
    now = at(minutes);
    store.tick();
  };

  it("starts a Job when its time comes, named after it", () => {
    const { store } = storeWith(cronJob());
    expect(jobs(store)).toEqual([]);
    expect(store.nextWake()).toEqual(at(10));
    tickAt(store, 9);
    expect(jobs(store)).toEqual([]);
    tickAt(store, 10);
    expect(jobs(store)).toEqual([jobName(10)]);
    expect(store.nextWake()).toEqual(at(20));
    expect(store.list("Job.batch")[0]).toMatchObject({
      metadata: {
        labels: { job: "tick" },
        annotations: {
          a: "b",
          "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-01T00:10:00Z",
        },
        ownerReferences: [{ kind: "CronJob", name: "tick", controller: true }],
      },
    });
    expect(store.list("Pod")).toHaveLength(1);
    expect(store.get("CronJob.batch", "shop", "tick")?.status).toMatchObject({
      lastScheduleTime: "2026-01-01T00:10:00Z",
      active: [{ kind: "Job", name: jobName(10) }],
    });
    store.apply([put(cronJob())]);
    expect(jobs(store)).toEqual([jobName(10)]);
  });

  it("of a dump makes up for nothing that came before", () => {
    const status = { lastScheduleTime: "2025-12-25T00:00:00Z" };
    const cron = { ...cronJob(), status };
    const old = { ...cron.metadata, uid: "of-a-dump", creationTimestamp: "2025-06-01T00:00:00Z" };
    const { store } = storeWith({ ...cron, metadata: old });
    expect(jobs(store)).toEqual([]);
    expect(store.nextWake()).toEqual(at(10));
    tickAt(store, 10);
    expect(jobs(store)).toEqual([jobName(10)]);
  });

  it.each([
    ["Allow", [jobName(10), jobName(20)]],
    ["Forbid", [jobName(10)]],
    ["Replace", [jobName(20)]],
  ])("whose last Job still runs, with policy %s, has then %o", (concurrencyPolicy, expected) => {
    const { store } = storeWith(cronJob({ concurrencyPolicy }));
    tickAt(store, 10);
    tickAt(store, 20);
    expect(jobs(store)).toEqual(expected);
    expect(store.list("Pod")).toHaveLength(expected.length);
  });

  it("with policy Forbid makes up for the time that it missed", () => {
    const { store } = storeWith(cronJob({ concurrencyPolicy: "Forbid" }));
    tickAt(store, 10);
    tickAt(store, 20);
    now = at(23);
    finish(store);
    expect(jobs(store)).toEqual([jobName(10), jobName(20)]);
  });

  it("that missed many times starts the last one only", () => {
    const { store } = storeWith(cronJob());
    tickAt(store, 12 * 60 + 5);
    expect(jobs(store)).toEqual([jobName(12 * 60)]);
  });

  it("that missed its time by more than startingDeadlineSeconds waits for the next", () => {
    const { store } = storeWith(cronJob({ startingDeadlineSeconds: 60 }));
    tickAt(store, 15);
    expect(jobs(store)).toEqual([]);
    tickAt(store, 20);
    expect(jobs(store)).toEqual([jobName(20)]);
  });

  it("with @every counts from when it was made, and then from the last time", () => {
    const { store } = storeWith(cronJob({ schedule: "@every 7m" }));
    expect(store.nextWake()).toEqual(at(7));
    store.apply([put(cronJob({ schedule: "@every 7m", suspend: false }))]);
    tickAt(store, 3);
    expect(store.nextWake()).toEqual(at(7));
    tickAt(store, 22);
    expect(jobs(store)).toEqual([jobName(21)]);
    expect(store.nextWake()).toEqual(at(28));
  });

  it("that is suspended starts nothing", () => {
    const { store } = storeWith(cronJob({ suspend: true }));
    expect(store.nextWake()).toBeUndefined();
    tickAt(store, 10);
    expect(jobs(store)).toEqual([]);
  });

  it("keeps three Jobs that succeeded and one that failed, or as many as it says", () => {
    const run = (spec: object) => {
      const { store } = storeWith(cronJob(spec));
      for (let i = 1; i <= 7; i++) {
        tickAt(store, i * 10);
        finish(store, i % 3 === 0 ? "Failed" : "Succeeded");
      }
      return jobs(store);
    };
    const jobTemplate = {
      spec: { backoffLimit: 0, template: { spec: { containers: [{ name: "main" }] } } },
    };
    expect(run({ jobTemplate })).toEqual([40, 50, 60, 70].map(jobName));
    const limits = { successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 };
    expect(run({ jobTemplate, ...limits })).toEqual([jobName(70)]);
  });

  it("goes by its time zone", () => {
    const { store } = storeWith(cronJob({ schedule: "0 3 * * *", timeZone: "Europe/Berlin" }));
    expect(store.nextWake()).toEqual(at(120));
  });

  it.each([{ schedule: "often" }, { timeZone: "Mars/Olympus" }])("with %o says so", (spec) => {
    const { store, findings } = storeWith(cronJob(spec));
    expect(findings).toMatchObject([{ rule: "workload-unusable", object: "CronJob shop/tick" }]);
    store.apply([put(cronJob())]);
    expect(store.nextWake()).toEqual(at(10));
  });

  it("takes its Jobs and Pods along when deleted", () => {
    const { store } = storeWith(cronJob());
    tickAt(store, 10);
    store.apply([del(cronJob())]);
    expect(store.kinds()).toEqual([]);
    expect(store.nextWake()).toBeUndefined();
  });
});
