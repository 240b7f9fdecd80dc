import { describe, expect, it } from "vitest";
import { type Entry, enter, entryWords } from "../../src/network/pod-script.ts";

const ENTRY: Entry = {
  place: { number: 7, folder: "/f/7", address: "10.244.0.7" },
  files: ["/etc/resolv.conf", "/etc/hosts"],
  hostname: "web-1",
  hidden: ["/run/nscd/socket"],
  agent: undefined,
  isRoot: true,
  user: undefined,
  toolAt: (name: string) => `/tools/${name}`,
};

/** The words of a command line, without the script that puts files in their places. */
const wordsOf = (words: readonly string[]) =>
  words.map((word, i) => (words[i - 1] === "-c" ? "…" : word));

const FURNISH = ["--", "/tools/unshare", "--mount", "--uts", "--", "/tools/sh", "-c", "…", "/w"];

describe("a process of a pod", () => {
  it("enters from inside, by way of tools that its own PATH may leave out", () => {
    expect(wordsOf(enter(entryWords(ENTRY), "/w", ["id"]))).toEqual([
      ...["/tools/nsenter", "--net=/f/7/net", ...FURNISH, "id"],
    ]);
  });

  it("enters from outside through the agent's process, and is the user again in the end", () => {
    const entry = { ...ENTRY, agent: 42, isRoot: false, user: { uid: 7, gid: 8 } };
    expect(wordsOf(enter(entryWords(entry), "/w", ["a", "-b"]))).toEqual([
      ...["/tools/nsenter", "--preserve-credentials", "--user=/proc/42/ns/user"],
      ...["--mount=/proc/42/ns/mnt", "--net=/proc/42/root/f/7/net", ...FURNISH],
      ...["/tools/unshare", "--user", "--map-user=7", "--map-group=8", "--", "a", "-b"],
    ]);
  });

  it("needs no user namespace as root", () => {
    expect(wordsOf(enter(entryWords({ ...ENTRY, agent: 42 }), "/w", ["a"]))).toEqual([
      ...["/tools/nsenter", "--mount=/proc/42/ns/mnt", "--net=/proc/42/root/f/7/net", ...FURNISH],
      "a",
    ]);
  });

  it("has the pod's files in place of the system's, and its name", () => {
    const script = enter(entryWords(ENTRY), "/w", [])[9];
    expect(script?.split("\n")).toEqual([
      "'/tools/mount' --bind '/f/7/file-0' '/etc/resolv.conf' || exit 125",
      "'/tools/mount' --bind '/f/7/file-1' '/etc/hosts' || exit 125",
      "'/tools/mount' --bind /dev/null '/run/nscd/socket' 2>/dev/null || :",
      "'/tools/hostname' 'web-1' 2>/dev/null || echo 'web-1' 2>/dev/null > /proc/sys/kernel/hostname || :",
      'cd "$0" || exit 125',
      'exec "$@"',
    ]);
  });
});
