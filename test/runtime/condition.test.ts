import { describe, expect, test } from "vitest";
import { Condition } from "../../src/runtime/condition.ts";

/** What has resolved once everything that can has. */
async function resolved(waits: Record<string, Promise<void>>): Promise<string[]> {
  const names: string[] = [];
  for (const [name, wait] of Object.entries(waits)) void wait.then(() => names.push(name));
  await new Promise(setImmediate);
  return names;
}

describe("a condition", () => {
  test("is looked at when it is waited for, and when something has changed", async () => {
    const condition = new Condition();
    let count = 0;
    const waits = {
      "not at all": condition.until(() => count === 0),
      "for one": condition.until(() => count >= 1),
      "for two": condition.until(() => count >= 2),
    };
    expect(await resolved(waits)).toEqual(["not at all"]);
    count = 1;
    expect(await resolved(waits)).toEqual(["not at all"]);
    condition.changed();
    expect(await resolved(waits)).toEqual(["not at all", "for one"]);
    count = 2;
    condition.changed();
    expect(await resolved(waits)).toEqual(["not at all", "for one", "for two"]);
  });

  test("that was true once is not asked again", () => {
    const condition = new Condition();
    let asked = 0;
    void condition.until(() => asked++ > 0);
    condition.changed();
    condition.changed();
    expect(asked).toBe(2);
  });

  test("may wait anew from within", async () => {
    const condition = new Condition();
    let level = 0;
    const both = condition.until(() => level >= 1).then(() => condition.until(() => level >= 2));
    level = 1;
    condition.changed();
    expect(await resolved({ both })).toEqual([]);
    level = 2;
    condition.changed();
    expect(await resolved({ both })).toEqual(["both"]);
  });

  test("is waited for by nobody from its end on", async () => {
    const condition = new Condition();
    const before = condition.until(() => false);
    condition.end();
    const after = condition.until(() => false);
    expect(await resolved({ before, after })).toEqual(["before", "after"]);
  });
});
