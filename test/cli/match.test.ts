import { describe, expect, it } from "vitest";
import { kubelane } from "../support/terminal.ts";

describe("kubelane match", () => {
  it.each([
    ["tier in (web, api),!legacy", ["app=web", "tier=api"]],
    ["", ["app=web"]],
    ["env!=prod", []],
    ["a=,b in (,x)", ["a=", "b="]],
    ["replicas>3", ["replicas=10"]],
    ["constructor=x", ["constructor=x"]],
    ["app=web,tier=api", ["app=web,tier=api"]],
  ])("says match for %j with %j", async (selector, labels) => {
    expect(await kubelane(["match", selector, ...labels])).toEqual({
      code: 0,
      stdout: "match\n",
      stderr: "",
    });
  });

  it("names each requirement that does not hold, and exits with 1", async () => {
    const { code, stdout } = await kubelane([
      "match",
      "app=web,env!=prod,tier,v=",
      "env=prod",
      "v=2",
    ]);
    expect(code).toBe(1);
    expect(stdout.split("\n")).toEqual([
      "no match: app=web does not hold, app is absent",
      "no match: env!=prod does not hold, env is prod",
      "no match: tier does not hold, tier is absent",
      "no match: v= does not hold, v is 2",
      "",
    ]);
  });

  it("marks where a selector is wrong, and exits with 2", async () => {
    const { code, stdout, stderr } = await kubelane(["match", "app=web,tier im (a)", "app=web"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("    app=web,tier im (a)\n                 ^^");
  });

  it.each([
    ["web", /written key=value/],
    ["-app=web", /label -app=web/],
    ["app=-", /label app=-/],
    ["a/b/c=1", /label a\/b\/c=1/],
  ])("refuses %j as a label", async (label, message) => {
    const { code, stderr } = await kubelane(["match", "app", "--", label]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("refuses one key with two values", async () => {
    const { code, stderr } = await kubelane(["match", "a", "a=1", "a=2"]);
    expect(code).toBe(2);
    expect(stderr).toContain("given twice");
  });
});
