import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configSchemaText } from "../../manifests/settings/config-schema.ts";
import { groupKindOf, type KubernetesObject } from "../../objects/object.ts";
import { CONFIG_FILES, localFileOf } from "../../sources/config-file.ts";
import { createFileSource } from "../../sources/files.ts";
import { CommandError, type Context, type Input } from "../command.ts";
import { reportDiagnostics } from "../diagnostics-report.ts";
import { EXIT } from "../exit-code.ts";
import { chooseManifests } from "./choose-manifests.ts";
import { configText, type Guess, imageOf } from "./config-text.ts";
import { makeIgnored } from "./git-ignore.ts";
import { lookAround, type Project } from "./look-around.ts";
import { installedSchema, SCHEMA_FILE } from "./schema-line.ts";

const WORKLOADS: ReadonlySet<string> = new Set([
  "Deployment.apps",
  "StatefulSet.apps",
  "DaemonSet.apps",
  "CronJob.batch",
  "Pod",
]);

/** Writes the kubelane.yaml of a project from the files in its folder. It asks nothing and overwrites nothing. */
export async function runInit(context: Context, { options }: Input): Promise<number> {
  const { cwd, env, stdout, stderr } = context;
  const there = CONFIG_FILES.find((name) => existsSync(join(cwd, name)));
  const prints = options["dryRun"] === true;
  if (there !== undefined && !prints) {
    throw new CommandError(
      EXIT.no,
      `there is a ${there} here already, and it stays as it is`,
      "kubelane init --dry-run prints what would be written",
    );
  }
  const around = await lookAround(cwd);
  const choice = chooseManifests(around);
  if (choice.chosen.length === 0) {
    throw new CommandError(
      EXIT.unreadable,
      "no manifests, kustomization or chart is in this folder or below it",
      "go to the folder of your project, or name the manifests yourself: kubelane up -f FILE",
    );
  }
  const source = createFileSource({ manifests: choice.chosen, cwd, env });
  const diagnostics = await source.start({ apply: () => undefined });
  reportDiagnostics(
    context,
    diagnostics.filter(({ severity }) => severity === "error"),
  );
  const workloads = source.objects.map(({ object }) => object);
  const guesses = workloads
    .filter((object) => WORKLOADS.has(groupKindOf(object)))
    .map((workload): Guess => ({ workload, project: projectOf(workload, around.projects) }));
  const installed = installedSchema(cwd);
  const text = configText(choice, guesses, around, installed ?? `./${SCHEMA_FILE}`);
  if (prints) {
    stdout.write(text);
    return EXIT.ok;
  }
  const [name = ""] = CONFIG_FILES;
  writeFileSync(join(cwd, name), text, { flag: "wx" });
  const wrote = [name];
  if (installed === undefined && !existsSync(join(cwd, SCHEMA_FILE))) {
    writeFileSync(join(cwd, SCHEMA_FILE), configSchemaText());
    wrote.push(`${SCHEMA_FILE} (by which editors complete it)`);
  }
  const local = localFileOf(name);
  if (makeIgnored(cwd, local)) wrote.push(`a line in .gitignore for ${local} (what only you set)`);
  const ready = guesses.filter(({ project }) => project?.command !== undefined).length;
  stderr.write(
    `wrote ${wrote.join(", ")}\n` +
      `  ${name} has ${guesses.length} workloads, ${ready} of them with a command that was guessed\n` +
      "  look through it, then: kubelane up\n",
  );
  return EXIT.ok;
}

/** The source project of a workload, by its name, its image's name, or a part of them. */
function projectOf(workload: KubernetesObject, projects: readonly Project[]): Project | undefined {
  const image = imageOf(workload).replace(/[@:][^/]*$/, "");
  const names = [workload.metadata.name, image.split("/").at(-1) ?? ""];
  const exact = projects.find(({ name }) => names.includes(name));
  if (exact !== undefined) return exact;
  // `dev-web`, `shop-web` for the folder web.
  return projects.find(({ name }) => names.some((each) => each.endsWith(`-${name}`)));
}
