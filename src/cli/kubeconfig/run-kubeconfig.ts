import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CONTEXT, kubeconfigOf } from "../../control/kubeconfig.ts";
import { printYaml } from "../../manifests/print-yaml.ts";
import { ensurePrivateFolder, privateFolder } from "../../runtime/private-folder.ts";
import type { Context, Input } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { apiOf, runningUp } from "../live/running-up.ts";
import { addContext, removeContext } from "./kubeconfig-text.ts";

/** Prints, writes or merges the kubeconfig of the running `up`. */
export async function runKubeconfig(context: Context, { options }: Input): Promise<number> {
  const namespace = options["namespace"] as string;
  const file = context.kubeconfig ?? defaultFile(context.env);
  if (options["remove"] === true) return remove(context, file);
  const access = await apiOf(await runningUp(context));
  if (options["merge"] === true) {
    const before = existsSync(file) ? readFileSync(file, "utf8") : "";
    replaceFile(file, addContext(before, file, access, namespace));
    context.stderr.write(`context ${CONTEXT} is in ${file}, and current\n`);
    return EXIT.ok;
  }
  const text = printYaml(kubeconfigOf(access, namespace));
  if (options["path"] !== true) {
    context.stdout.write(text);
    return EXIT.ok;
  }
  const folder = privateFolder(context.env);
  ensurePrivateFolder(folder);
  const port = new URL(access.server).port;
  const path = join(folder, `kubeconfig-${port}.yaml`);
  replaceFile(path, text);
  context.stdout.write(`${path}\n`);
  return EXIT.ok;
}

function defaultFile(env: NodeJS.ProcessEnv): string {
  const listed = (env["KUBECONFIG"] ?? "").split(process.platform === "win32" ? ";" : ":")[0];
  return listed || join(env["HOME"] ?? env["USERPROFILE"] ?? "", ".kube", "config");
}

function remove(context: Context, file: string): number {
  if (!existsSync(file)) {
    context.stderr.write(`${file} does not exist: nothing to remove\n`);
    return EXIT.ok;
  }
  const before = readFileSync(file, "utf8");
  const after = removeContext(before, file);
  if (after === before) context.stderr.write(`there is no context ${CONTEXT} in ${file}\n`);
  else replaceFile(file, after);
  return EXIT.ok;
}

/** Replaced atomically: a program that reads the file gets either the old text or the new one. */
function replaceFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const unfinished = `${path}.${process.pid}`;
  try {
    writeFileSync(unfinished, text, { mode: 0o600, flag: "wx" });
    renameSync(unfinished, path);
  } finally {
    rmSync(unfinished, { force: true });
  }
}
