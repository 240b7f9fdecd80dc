import { readFileSync } from "node:fs";
import { findProgram } from "./program.ts";
import type { NamespaceFacts } from "./refusal.ts";

/** The capabilities for making namespaces without a user namespace, and networks in them. */
const CAP_NET_ADMIN = 1n << 12n;
const CAP_SYS_ADMIN = 1n << 21n;

/** Programs that a namespace needs. */
const PROGRAMS = ["unshare", "nsenter", "ip", "mount"];

/** Facts about this machine that decide whether namespaces can be made. */
export function namespaceFacts(path: string, complaint: string): NamespaceFacts {
  return {
    platform: process.platform,
    missing: missingPrograms(path),
    distribution: ownDistribution(),
    maxUserNamespaces: setting("user/max_user_namespaces"),
    unprivilegedUsernsClone: setting("kernel/unprivileged_userns_clone"),
    apparmorRestrictsUserns: setting("kernel/apparmor_restrict_unprivileged_userns"),
    isRoot: hasSystemPowers(),
    complaint,
  };
}

export function missingPrograms(path: string): string[] {
  return missingOf(PROGRAMS, path);
}

export function missingOf(programs: readonly string[], path: string): string[] {
  return programs.filter((program) => findProgram(program, path) === undefined);
}

/** `ID` and `ID_LIKE` of this machine. */
export function ownDistribution(): string[] {
  return distribution(read("/etc/os-release") ?? "");
}

/** Whether this process may make namespaces without a user namespace. */
export function hasSystemPowers(): boolean {
  const [, hex] = /^CapEff:\s*([0-9a-f]+)$/m.exec(read("/proc/self/status") ?? "") ?? [];
  const needed = CAP_NET_ADMIN | CAP_SYS_ADMIN;
  return hex !== undefined && (BigInt(`0x${hex}`) & needed) === needed;
}

function distribution(osRelease: string): string[] {
  const values = [...osRelease.matchAll(/^(?:ID|ID_LIKE)=(.*)$/gm)];
  return values.flatMap(([, value = ""]) => value.replace(/["']/g, "").split(/\s+/));
}

function setting(name: string): number | undefined {
  const text = read(`/proc/sys/${name}`);
  return text === undefined ? undefined : Number(text);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
