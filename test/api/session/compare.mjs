/**
 * The same kubectl session against two API servers, and where output or exit codes differ:
 *
 *   node test/api/session/compare.mjs REAL.kubeconfig OURS.kubeconfig
 *
 * Needs the packaged kubectl 1.36 first on the PATH. Beside the real server runs the kubelet of test/support/kubelet with `--taint only=session`; the
 * kubelane.yaml of ours has `images: { session-sh: [sh], session-node: [node] }`. Exit code 1 where a difference is not
 * among the reasons in `differences.mjs`.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DIFFERENCES } from "./differences.mjs";
import { normalized } from "./normalize.mjs";

const here = import.meta.dirname;
const commands = readFileSync(join(here, "commands.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

const [real, ours] = process.argv.slice(2).map(session);
const settle = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);

let [equal, unexplained] = [0, 0];
const explained = new Map();
for (const [index, command] of commands.entries()) {
  const expected = real.run(command);
  const actual = ours.run(command);
  // The control loops of a real cluster take a moment.
  settle();
  if (JSON.stringify(expected) === JSON.stringify(actual)) {
    equal++;
    continue;
  }
  const reason = DIFFERENCES.find(
    (each) => each.commands.test(command) && expected.code === actual.code,
  )?.why;
  if (reason !== undefined) {
    explained.set(reason, [...(explained.get(reason) ?? []), command]);
    continue;
  }
  unexplained++;
  console.log(
    `--- ${index + 1} kubectl ${command}\n    real: exit ${expected.code}\n${indented(expected.output)}\n    ours: exit ${actual.code}\n${indented(actual.output)}`,
  );
}
for (const [why, list] of explained)
  console.log(`explained (${list.length}): ${why}: ${list.join("; ")}`);
console.log(
  `${commands.length} commands: ${equal} equal, ${explained.size} reasons for others, ${unexplained} unexplained`,
);
for (const each of [real, ours]) each.end();
process.exitCode = unexplained > 0 ? 1 : 0;

function indented(text) {
  return text
    .split("\n")
    .map((line) => `    | ${line}`)
    .join("\n");
}

/** A folder with the session's files and a kubeconfig that it may write. */
function session(kubeconfig) {
  const folder = mkdtempSync(join(tmpdir(), "kubelane-session-"));
  cpSync(here, folder, { recursive: true });
  copyFileSync(kubeconfig, join(folder, "config"));
  const env = { ...process.env, KUBECONFIG: join(folder, "config"), HOME: folder };
  const options = { cwd: folder, env, encoding: "utf8", timeout: 60_000 };
  return {
    run(command) {
      const { status, stdout, stderr } = command.startsWith("!")
        ? spawnSync("sh", ["-c", command.slice(1)], options)
        : spawnSync("kubectl", words(command), options);
      return { code: status, output: normalized(`${stdout}${stderr}`) };
    },
    end: () => rmSync(folder, { recursive: true }),
  };
}

/** Schedules have blanks in them; nothing else has. */
function words(command) {
  return command
    .replace("0 0 * * *", "0_0_*_*_*")
    .split(" ")
    .map((word) => word.replace("0_0_*_*_*", "0 0 * * *"));
}
