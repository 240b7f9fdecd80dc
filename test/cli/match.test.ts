import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
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

describe("kubelane match --explain", () => {
  it("has a line for each requirement, whether it holds or not", async () => {
    const { code, stdout } = await kubelane(["match", "app=web,!legacy", "app=api", "--explain"]);
    expect(code).toBe(1);
    expect(stdout).toBe(
      'no match\n  ✗ app=web: app is "api", not "web"\n  ✓ !legacy: there is no legacy\n',
    );
  });
});

describe("kubelane match -", () => {
  const match = (input: string, ...words: string[]) =>
    kubelane(["match", "app=web", "-", ...words], { input });

  it("prints the label sets that match, of JSON lines", async () => {
    const input = '{"app":"web"}\n{"app":"api"}\n\n{"labels":{"app":"web","x":"1"}}\n';
    expect(await match(input)).toEqual({
      code: 0,
      stdout: '{"app":"web"}\n{"labels":{"app":"web","x":"1"}}\n',
      stderr: "",
    });
  });

  it("takes labels named like properties of every object", async () => {
    const { stdout } = await kubelane(["match", "toString=a,constructor=b", "-"], {
      input: '{"toString":"a","constructor":"b"}\n',
    });
    expect(stdout).toBe('{"toString":"a","constructor":"b"}\n');
  });

  it("prints the objects that match, of manifests", async () => {
    const pod = (name: string, app: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, labels: { app: ${app} } }\n` +
      "spec: { containers: [{ name: a, image: a }] }\n";
    const { code, stdout } = await match(`${pod("one", "web")}---\n${pod("two", "api")}`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Pod default/one\n" });
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } };
    const json = JSON.stringify({ ...object, metadata: { name: "c", labels: { app: "web" } } });
    expect((await match(json)).stdout).toBe("ConfigMap default/c\n");
  });

  it("reads each file that -f names, and nothing else", async () => {
    const folder = temporaryFolder();
    const pod = (name: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, labels: { app: web } }\n` +
      "spec: { containers: [{ name: a, image: a }] }\n";
    writeFileSync(join(folder, "one-a.yaml"), pod("one"));
    writeFileSync(join(folder, "two-b.yaml"), pod("two"));
    const { code, stdout } = await kubelane(
      ["match", "app=web", "-f", "one-a.yaml", "-f", "two-b.yaml"],
      { cwd: folder },
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Pod default/one\nPod default/two\n" });
  });

  it("says how near the nearest is when none matches, and exits with 1", async () => {
    expect(await match('{"app":"wbe"}\n{"App":"web"}\n{"b":"1"}\n')).toEqual({
      code: 1,
      stdout: "",
      stderr:
        'none of 3 matches\n  near: {"App":"web"}: its label App is mistyped for app?\n' +
        '  near: {"app":"wbe"}: app is wbe, mistyped for web?\n' +
        '  near: {"b":"1"}: it has no app=web\n',
    });
  });

  it("explains every one", async () => {
    const { stdout } = await match('{"app":"web"}\n{}\n', "--explain");
    expect(stdout).toBe(
      'match: {"app":"web"}\n  ✓ app=web: app is "web"\nno match: {}\n  ✗ app=web: there is no app\n',
    );
  });

  it("exits with 3 when the input is neither", async () => {
    const { code, stderr } = await match("just words\n");
    expect(code).toBe(3);
    expect(stderr).toContain("JSON lines");
  });
});

describe("kubelane match with two selectors", () => {
  it.each([
    [["--overlaps", "app=web", "tier in (web, api)"], 0, "yes: both match app=web tier=api\n"],
    [["--overlaps", "app=web", "app!=web"], 1, "no: nothing matches both app=web and app!=web\n"],
    [["--overlaps", "!a", "!b"], 0, "yes: both match an object without labels\n"],
    [["--overlaps", "x>3", "x<3"], 1, "no: nothing matches both x>3 and x<3\n"],
    [["--implies", "a in (1,2)", "a"], 0, "yes: whatever matches a in (1,2) matches a\n"],
    [["--implies", "a", "a in (1,2)"], 1, / matches a and not a in \(1,2\)\n$/],
    [["--implies", "a=1,b=2", "a=1"], 0, "yes: whatever matches a=1,b=2 matches a=1\n"],
  ])("%j", async (words, exitCode, answer) => {
    const { code, stdout } = await kubelane(["match", ...words]);
    expect(code).toBe(exitCode);
    if (typeof answer === "string") expect(stdout).toBe(answer);
    else expect(stdout).toMatch(answer);
  });

  it("shows a witness that the single-selector form confirms", async () => {
    const { stdout } = await kubelane(["match", "--implies", "a,!b", "a in (1,2),c"]);
    const labels = /^no: (.*) matches /.exec(stdout)?.[1]?.split(" ") ?? [];
    expect((await kubelane(["match", "a,!b", ...labels])).code).toBe(0);
    expect((await kubelane(["match", "a in (1,2),c", ...labels])).code).toBe(1);
  });

  it("needs two", async () => {
    const { code, stderr } = await kubelane(["match", "--overlaps", "a"]);
    expect(code).toBe(2);
    expect(stderr).toContain("takes two selectors, not 1");
  });
});
