import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { mountPlan } from "../../src/network/mount-plan.ts";
import { mountScript } from "../../src/network/mount-script.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "kubelane-plan-")));
beforeAll(() => {
  mkdirSync(join(base, "etc/app"), { recursive: true, mode: 0o755 });
  mkdirSync(join(base, "run"), { mode: 0o700 });
  writeFileSync(join(base, "etc/passwd"), "");
  symlinkSync("passwd", join(base, "etc/link"));
  symlinkSync(join(base, "run"), join(base, "var"));
});
afterAll(() => rmSync(base, { recursive: true }));

const mount = (target: string, isFile = false) => ({
  source: "/v",
  target: join(base, target),
  isFile,
  readOnly: false,
});
const planOf = (...mounts: ReturnType<typeof mount>[]) => {
  const { copies, mounts: planned } = mountPlan(mounts);
  const short = (path: string) => path.slice(base.length);
  return {
    copies: copies.map(({ folder, places }) => [short(folder), places.map(({ path }) => path)]),
    targets: planned.map(({ target }) => short(target)),
  };
};

it.each([
  ["goes where it belongs, if that is there", [mount("etc/app")], [], ["/etc/app"]],
  ["goes into a copy of the nearest folder", [mount("etc/x/y")], [["/etc", ["x/y"]]], ["/etc/x/y"]],
  ["goes where a link leads", [mount("var/secrets")], [["/run", ["secrets"]]], ["/run/secrets"]],
  [
    "has its place made in the outer one",
    [mount("etc/app/in/side"), mount("etc/app")],
    [],
    ["/etc/app", "/etc/app/in/side"],
  ],
  [
    "shares a copy, of which inner ones come first",
    [mount("new"), mount("etc/a"), mount("etc/b", true)],
    [
      ["/etc", ["a", "b"]],
      ["", ["new"]],
    ],
    ["/new", "/etc/a", "/etc/b"],
  ],
])("a mount %s", (_, mounts, copies, targets) => {
  expect(planOf(...mounts)).toEqual({ copies, targets });
});

it("a copy knows what is in its folder, and who may use it", () => {
  const [copy] = mountPlan([mount("etc/x")]).copies;
  expect(copy).toMatchObject({ mode: 0o755, folders: ["app"], files: ["passwd"], links: ["link"] });
});

it("a script names no file that the shell or the list of mounts would read otherwise", () => {
  const copy = {
    folder: "/a b",
    mode: 0o755,
    folders: ["it's"],
    files: ["x\ty"],
    links: ["-l"],
    places: [{ path: "p/q", isFile: true }],
  };
  const script = mountScript({ copies: [copy], mounts: [] }, "/c", "/bin");
  expect(script.split("\n")).toEqual([
    "(",
    "set -e",
    "PATH='/bin'",
    "umask 022",
    "mount -n -t tmpfs -o mode=755 kubelane '/c'",
    "cd '/c'",
    "mkdir -- 'it'\\''s'",
    ": > './x\ty'",
    "cp -P -- '/a b/-l' .",
    "cat > .kubelane-mounts <<'END'",
    "/a\\040b/it's /c/it's none rbind 0 0",
    "/a\\040b/x\\011y /c/x\\011y none rbind 0 0",
    "END",
    "mount -n -a -T ./.kubelane-mounts 2>/dev/null || :",
    "rm .kubelane-mounts",
    "mkdir -p './p'",
    ": > './p/q'",
    "cd /",
    "mount -n --move '/c' '/a b'",
    ")",
    "[ $? -eq 0 ] || exit 125",
  ]);
});
