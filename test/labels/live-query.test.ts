import { describe, expect, test } from "vitest";
import { everything, LabelIndex, nothing, parseSelector } from "../../src/labels/index.ts";

function watch(text: string, index = new LabelIndex<string>()) {
  const query = index.liveQuery(parseSelector(text));
  const events: string[] = [];
  const stopAdded = query.on("added", (id) => events.push(`+${id}`));
  query.on("removed", (id) => events.push(`-${id}`));
  return { index, query, events, stopAdded };
}

describe("a live query", () => {
  test("tells what comes and what goes", () => {
    const { index, query, events } = watch("app=web,env!=prod");
    index.add("a", { app: "web" });
    index.add("b", { app: "api" });
    index.replace("b", { app: "web" });
    index.replace("a", { app: "web", env: "dev" });
    index.replace("a", { app: "web", env: "prod" });
    index.remove("b");
    index.remove("a");
    expect(events).toEqual(["+a", "+b", "-a", "-b"]);
    expect(query.size).toBe(0);
  });

  test("starts from what is there", () => {
    const index = new LabelIndex<string>();
    index.add("a", { app: "web" });
    const { query, events } = watch("app", index);
    expect([...query]).toEqual(["a"]);
    expect(query.has("a")).toBe(true);
    expect(query.has("b")).toBe(false);
    expect(query.size).toBe(1);
    expect(String(query.selector)).toBe("app");
    expect(events).toEqual([]);
  });

  test("the index and all results hold the change when a listener runs", () => {
    const index = new LabelIndex<string>();
    const web = watch("app=web", index).query;
    const api = watch("app=api", index).query;
    const seen: unknown[] = [];
    web.on("removed", (id) =>
      seen.push([id, web.has(id), api.has(id), index.select(api.selector)]),
    );
    index.add("a", { app: "web" });
    index.replace("a", { app: "api" });
    expect(seen).toEqual([["a", false, true, ["a"]]]);
  });

  test("a listener may change the index", () => {
    const { index, query, events } = watch("app");
    query.on("added", (id) => {
      if (id === "a") index.add("b", { app: "x" });
    });
    index.add("a", { app: "x" });
    expect(events).toEqual(["+a", "+b"]);
    expect([...query]).toEqual(["a", "b"]);
  });

  test("a listener that stopped hears nothing more, the same function twice hears twice", () => {
    const { index, query, events, stopAdded } = watch("app");
    const twice = (id: string) => events.push(`=${id}`);
    const stop = query.on("added", twice);
    query.on("added", twice);
    index.add("a", { app: "x" });
    stopAdded();
    stop();
    index.add("b", { app: "x" });
    expect(events).toEqual(["+a", "=a", "=a", "=b"]);
  });

  test("a closed query is left as it is", () => {
    const { index, query, events } = watch("app");
    index.add("a", { app: "x" });
    query.close();
    query.close();
    index.remove("a");
    expect(events).toEqual(["+a"]);
    expect([...query]).toEqual(["a"]);
  });

  test("of everything sees all items, of nothing none", () => {
    const index = new LabelIndex<string>();
    const all = index.liveQuery(everything);
    const none = index.liveQuery(nothing);
    index.add("a", {});
    expect([all.size, none.size]).toEqual([1, 0]);
    index.remove("a");
    expect(all.size).toBe(0);
  });
});
