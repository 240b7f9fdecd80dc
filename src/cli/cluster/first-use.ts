import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../../objects/json.ts";
import type { KubeContext } from "../../sources/cluster/kubeconfig.ts";
import type { Context } from "../command.ts";
import { dataFolder } from "../data-folder.ts";

/**
 * Prints which server a context leads to when it is used for the first time here, and whenever that server has
 * changed: clusters with the same name are easily confused.
 */
export function tellFirstUse({ env, stderr }: Context, { name, cluster, user }: KubeContext): void {
  const folder = dataFolder(env);
  const file = join(folder, "contexts.json");
  const known = read(file);
  const server = cluster.server.href.replace(/\/$/, "");
  if (known[name] === server) return;
  const as = user.name === "" ? "" : `, as user ${user.name}`;
  const before = known[name];
  const was = before === undefined ? "" : ` (before: ${before})`;
  stderr.write(`context ${name} is ${server}${was}${as}; nothing is changed there\n`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, `${JSON.stringify({ ...known, [name]: server }, undefined, 2)}\n`);
  } catch {
    // Where nothing can be stored it is printed each time.
  }
}

function read(file: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
