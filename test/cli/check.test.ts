import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kubelane } from "../support/terminal.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-check-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const check = (...words: string[]) =>
  kubelane(["check", ...words], {
    cwd: folder,
    env: { KUBELANE_RUNTIME_DIR: join(folder, "none") },
  });

const FINE = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";
const ERROR = `${FINE}  labels:\n    release: stable,\n`;
const MISPLACED = `${FINE}  app: pulse-api\n`;
const WARNING = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: kube-a\n";

describe("kubelane check", () => {
  it("finds nothing in what is fine", async () => {
    write("a.yaml", FINE);
    expect(await check("a.yaml")).toEqual({
      code: 0,
      stdout: "",
      stderr: "no findings; 1 object usable\n",
    });
  });

  it("shows each finding with its lines and the next step, and exits with 1", async () => {
    write("a.yaml", ERROR);
    expect(await check(".")).toEqual({
      code: 1,
      stdout:
        'a.yaml:6:14: error: the value "stable," has ","; only letters, digits, "-", "_" and "." are allowed [label-value]\n' +
        "5 |   labels:\n6 |     release: stable,\n  |              ^\n" +
        "  in ConfigMap default/a, metadata.labels.release\n" +
        "  hint: the comma is part of the value here; write stable without it, one label a line\n",
      stderr: "1 error; 0 objects usable\n",
    });
  });

  it("lets warnings pass, unless there are too many", async () => {
    write("a.yaml", WARNING);
    expect((await check("a.yaml")).code).toBe(0);
    expect((await check("a.yaml", "--max-warnings", "1")).code).toBe(0);
    const { code, stderr } = await check("a.yaml", "--max-warnings", "0");
    expect(code).toBe(1);
    expect(stderr).toContain("more than 0 warnings");
  });

  it("tells of a file in a folder that is no manifest as info, and leaves out what --exclude says", async () => {
    write("a.yaml", FINE);
    write("package.json", '{ "name": "web" }');
    write("broken.yaml", ERROR);
    const { code, stdout, stderr } = await check(
      ".",
      "--exclude",
      "broken.yaml",
      "--max-warnings",
      "0",
    );
    expect(stdout).toContain("package.json:1:1: info: this is no manifest");
    expect([code, stderr]).toEqual([0, "1 info; 1 object usable\n"]);
  });

  it("leaves out what is ignored, on the command line and in a comment", async () => {
    write("a.yaml", MISPLACED);
    expect((await check("a.yaml", "--ignore", "label-misplaced")).stdout).toBe("");
    write("a.yaml", MISPLACED.replace("pulse-api", "pulse-api # kubelane-ignore label-misplaced"));
    expect((await check("a.yaml")).stdout).toBe("");
  });

  it("checks what kubelane.yaml names", async () => {
    write("kubelane.yaml", "manifests: [deploy.yaml]\n");
    write("deploy.yaml", WARNING);
    expect((await check()).stderr).toBe("1 warning; 1 object usable\n");
  });

  it("takes files with -f, too, as other commands do", async () => {
    write("a.yaml", FINE);
    write("b.yaml", FINE.replace("name: a", "name: b"));
    const { code, stderr } = await check("a.yaml", "-f", "b.yaml");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "no findings; 2 objects usable\n" });
  });

  it("says what to type when nothing names manifests", async () => {
    expect(await check()).toEqual({
      code: 3,
      stdout: "",
      stderr:
        "kubelane: there is nothing to check: no kubelane.yaml is here or above\n" +
        "  name manifests, for example kubelane check k8s/\n",
    });
  });

  it("reads standard input", async () => {
    const { code, stdout } = await kubelane(["check", "-"], { input: ERROR });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^-:6:14: error/);
  });

  it("puts right what is certain, and checks again", async () => {
    write("a.yaml", `${FINE}  labels:\n    release: stable,\n    old: yes\n  app: x\n`);
    const { code, stdout, stderr } = await check("a.yaml", "--fix");
    expect(readFileSync(join(folder, "a.yaml"), "utf8")).toBe(
      `${FINE}  labels:\n    release: stable\n    old: "yes"\n  app: x\n`,
    );
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "fixed 2 findings in 1 file\n1 error; 1 object usable\n",
    });
    expect(stdout).toMatch(/^a.yaml:8:3: error/);
  });

  it("goes on until nothing is left to put right, and leaves an encoding as it was", async () => {
    // The port's rule runs only where the label is a string.
    const broken = (label: string, port: string) =>
      `apiVersion: v1\r\nkind: Service\r\nmetadata: { name: a, labels: { v: ${label} } } # é\r\n` +
      `spec: { ports: [{ port: 80, targetPort: ${port} }] }\r\n`;
    const before = `\ufeff${broken("1.0", '"8080"')}`;
    writeFileSync(join(folder, "a.yaml"), before);
    writeFileSync(
      join(folder, "b.yaml"),
      Buffer.from(before.replace("name: a", "name: b"), "utf16le"),
    );
    const { stderr } = await check(".", "--fix", "--ignore", "service-no-match");
    expect(stderr).toContain("fixed 4 findings in 2 files\n");
    const after = `\ufeff${broken('"1.0"', "8080")}`;
    expect(readFileSync(join(folder, "a.yaml"), "utf8")).toBe(after);
    expect(readFileSync(join(folder, "b.yaml"), "utf16le")).toBe(
      after.replace("name: a", "name: b"),
    );
  });

  it("answers as an older API server, where the option or kubelane.yaml says so", async () => {
    const name =
      "apiVersion: v1\nkind: Service\nmetadata: { name: 1a }\nspec: { ports: [{ port: 80 }] }\n";
    write("a.yaml", name);
    expect((await check("a.yaml")).code).toBe(0);
    expect((await check("a.yaml", "--kubernetes", "1.34")).code).toBe(1);
    write("kubelane.yaml", "manifests: [a.yaml]\nkubernetes: 1.35\n");
    expect((await check()).code).toBe(1);
    expect((await check("--kubernetes", "1.36")).code).toBe(0);
    expect((await check("a.yaml", "--kubernetes", "1.2")).code).toBe(2);
  });

  it("is data with -o json", async () => {
    write("a.yaml", ERROR);
    expect(JSON.parse((await check("a.yaml", "-o", "json")).stdout)).toMatchObject([
      {
        rule: "label-value",
        severity: "error",
        object: "ConfigMap default/a",
        path: "metadata.labels.release",
        position: { file: "a.yaml", line: 6, column: 14 },
        edit: { line: 6, start: 14, end: 21, text: "stable" },
      },
    ]);
    write("a.yaml", FINE);
    expect((await check("a.yaml", "-o", "json")).stdout).toBe("[]\n");
  });

  it("is workflow commands with -o github", async () => {
    write("a,b.yaml", MISPLACED);
    expect((await check("a,b.yaml", "-o", "github")).stdout).toBe(
      '::error file=a%2Cb.yaml,line=5,col=3,title=label-misplaced::"app" is no field of metadata%0A' +
        "if it is a label, it belongs under metadata.labels: labels: { app: pulse-api }\n",
    );
  });

  it("is SARIF 2.1.0 with -o sarif", async () => {
    write("a b.yaml", `${ERROR}  app: x\n`);
    const { version, runs } = JSON.parse((await check("a b.yaml", "-o", "sarif")).stdout);
    expect(version).toBe("2.1.0");
    const [{ tool, results }] = runs;
    const ids = tool.driver.rules.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(["label-misplaced", "label-value"]);
    expect(results).toHaveLength(2);
    for (const { ruleId, ruleIndex, level, locations } of results) {
      expect(ids[ruleIndex]).toBe(ruleId);
      expect(["error", "warning"]).toContain(level);
      const { artifactLocation, region } = locations[0].physicalLocation;
      expect(artifactLocation.uri).toBe("a%20b.yaml");
      expect(region.startLine).toBeGreaterThan(4);
    }
  });

  it("lists the rules", async () => {
    const { code, stdout } = await check("--rules");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^service-no-match +warning +- +a selector that no pod has$/m);
  });

  it.each([
    [["absent.yaml"], 3, "absent.yaml:1:1"],
    [["--max-warnings", "few"], 2, "is no count"],
    [["--ignore", "label-valu"], 2, "did you mean label-value?"],
    [[], 3, "name manifests"],
  ])("refuses %j with exit code %d", async (words, exitCode, message) => {
    const { code, stdout, stderr } = await check(...words);
    expect(code).toBe(exitCode);
    expect(stdout + stderr).toContain(message);
  });

  it("has colours when they are wanted", async () => {
    write("a.yaml", ERROR);
    const coloured = await check("a.yaml", "--color", "always");
    expect(coloured.stdout).toContain("\x1b[31;1merror:\x1b[0m");
    expect((await check("a.yaml", "--color", "never")).stdout).not.toContain("\x1b");
  });

  it("tells what it read, and how long that took, with -v", async () => {
    write("a.yaml", FINE);
    expect((await check("a.yaml", "-v")).stderr).toMatch(/^checked 1 object \(\d+ ms\)\n/);
    expect((await kubelane(["-v", "check", join(folder, "a.yaml")])).stderr).toMatch(/^checked/);
  });
});

describe("the examples of checking elsewhere", () => {
  const examples = new URL("../../examples/", import.meta.url);
  it.each([
    ["github-action/check-manifests.yml", 1],
    ["pre-commit/pre-commit", 1],
    ["pre-commit/pre-commit-config.yaml", 1],
  ])("%s has a command that works", async (file, exitCode) => {
    const text = readFileSync(new URL(file, examples), "utf8");
    const line = /kubelane(?:@\S+)? (check .*)$/m.exec(text)?.[1] ?? "";
    mkdirSync(join(folder, "k8s"));
    write("k8s/a.yaml", MISPLACED);
    const { code, stdout } = await kubelane(line.split(" "), { cwd: folder });
    expect(stdout).toContain("label-misplaced");
    expect(code).toBe(exitCode);
  });
});
