import type { Policy } from "../../balancer/policy.ts";
import type { ManifestInput } from "../../manifests/manifest-input.ts";
import type { SettingValues } from "../../manifests/settings/table.ts";
import { type Command, CommandError, type Context } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { givenManifests, manifestOptions } from "../manifest-options.ts";
import { CONFIG_OPTION } from "../settings/config-option.ts";
import type { SettingsInForce } from "../settings/in-force.ts";
import { SETTING_OPTIONS } from "../settings/setting-options.ts";
import { refuseInside } from "../shell/refuse-inside.ts";
import type { ProgramToRun } from "../up/run-program.ts";

/** Loaded when chosen: help needs only the names. */
const LOADED: Readonly<Record<SettingValues["policy"], () => Promise<Policy>>> = {
  random: async () => (await import("../../balancer/random.ts")).random,
  "round-robin": async () => (await import("../../balancer/round-robin.ts")).roundRobin,
  "least-connections": async () =>
    (await import("../../balancer/least-connections.ts")).leastConnections,
  p2c: async () => (await import("../../balancer/p2c.ts")).p2c,
};

export const up: Command = {
  name: "up",
  summary: "serve the Services of manifests on this machine",
  description:
    "Reads manifests and follows them, starts the local pods that kubelane.yaml names, and serves every\n" +
    "Service by name: DNS, an HTTP gateway, and a relay for each ClusterIP and NodePort. Stays in the\n" +
    "foreground; Ctrl-C drains and ends it, a second Ctrl-C ends it at once.",
  arguments: [
    {
      name: "command",
      summary: "-- program and arguments, run once pods are ready",
      variadic: true,
    },
  ],
  options: [
    ...manifestOptions("what kubelane.yaml names"),
    CONFIG_OPTION,
    ...SETTING_OPTIONS,
    { flags: "-d, --detach", summary: "go on in the background; kubelane down ends it" },
    {
      flags: "--wait",
      summary: "as -d, once every local pod is ready; exit code 1 when one does not become so",
    },
    {
      flags: "--shell",
      summary: "run the program in the cluster's network, as kubelane shell does (Linux)",
    },
  ],
  examples: [
    { line: "up", does: "serve what the kubelane.yaml here or above names" },
    { line: "up -f k8s/", does: "serve a folder of manifests" },
    { line: "up --context dev -n shop", does: "serve a namespace of a cluster" },
    {
      line: "up -f k8s/ --gateway 127.0.0.1:3000 --dns off",
      does: "HTTP by name only, on port 3000",
    },
    { line: "up -k overlays/dev -- npm test", does: "tests against it; exit code is theirs" },
    { line: "up -f k8s/ --stub '*'", does: "every pod answers, without a program of it" },
    { line: "up --wait", does: "in the background, as soon as all pods are ready" },
  ],
  async run(context, { args: [words], options, separated }) {
    refuseInside(context, "up");
    const program = programOf((words ?? []) as readonly string[], options, separated);
    const { isDetached, startDetached } = await import("../up/detach.ts");
    const detached = isDetached(process.env);
    const detaches = program === undefined && (options["detach"] ?? options["wait"]) === true;
    if (detaches && !detached) return startDetached(context);
    const { findLocalConfig } = await import("../local-config.ts");
    const given = givenManifests({ options });
    const config = await findLocalConfig(context, options["config"] as string | undefined, given);
    const { settingsInForce } = await import("../settings/in-force.ts");
    const settings = settingsInForce(context, { options }, config);
    const { values } = settings;
    const cluster = await clusterOf(context, settings);
    // With a cluster from the command line, only manifests from the command line are used.
    const isOwnCluster = cluster === undefined || context.kubeContext === undefined;
    const manifests = given ?? (isOwnCluster ? values.manifests : []);
    if (manifests.length === 0 && cluster === undefined) {
      throw new CommandError(
        EXIT.unreadable,
        config === undefined
          ? "there is nothing to serve: no kubelane.yaml is here or above"
          : `there is nothing to serve: ${config.file} names no manifests`,
        "name manifests with -f, for example kubelane up -f k8s/",
      );
    }
    if (!values.allowMissing) await refuseMissing(context, manifests);
    await refuseKustomizations(context, manifests);
    const { serve } = await import("../up/serve.ts");
    return serve(context, {
      settings,
      manifests,
      namesManifests: given === undefined && isOwnCluster,
      cluster,
      policy: await LOADED[values.policy](),
      quiet: values.quiet || detached,
      program,
      wait: program !== undefined || options["wait"] === true ? values.timeout : undefined,
    });
  },
};

/** @throws CommandError for words that are no program: mostly paths into which a shell has expanded a pattern. */
function programOf(
  words: readonly string[],
  options: Readonly<Record<string, unknown>>,
  separated: boolean,
): ProgramToRun | undefined {
  if (words.length === 0) return undefined;
  if (separated) return { command: words, shell: options["shell"] === true };
  throw new CommandError(
    EXIT.usage,
    `${words[0]} is neither an option nor behind --`,
    "-f takes one path: write it before each, or put the pattern in quotes; a program stands behind --",
  );
}

/** @throws CommandError for paths that don't exist: with a typing error, nothing would be served. */
async function refuseMissing({ cwd }: Context, manifests: readonly ManifestInput[]): Promise<void> {
  const { missingPaths } = await import("../../sources/survey.ts");
  const missing = await missingPaths(manifests, cwd);
  if (missing.length === 0) return;
  throw new CommandError(
    EXIT.unreadable,
    `there is no such file or folder: ${missing.join(", ")}`,
    "check the path; with --allow-missing it is followed from when it is there",
  );
}

/** @throws CommandError for folders that must be rendered: their files are only parts of manifests. */
async function refuseKustomizations({ cwd }: Context, manifests: readonly ManifestInput[]) {
  const { kustomizationAmong } = await import("../../sources/survey.ts");
  const folder = await kustomizationAmong(manifests, cwd);
  if (folder === undefined) return;
  throw new CommandError(
    EXIT.usage,
    `${folder} is a kustomization: its files are parts of it, not manifests to serve`,
    `use -k ${folder}, or manifests: [{ kustomize: ${folder} }] in kubelane.yaml`,
  );
}

/**
 * The cluster that `--context` or kubelane.yaml names; files alone are served without it.
 * @throws CommandError for one that can't be used
 */
async function clusterOf(context: Context, { values, originOf }: SettingsInForce) {
  const isNamed = context.kubeContext !== undefined;
  // The namespaces of the command line; short names are resolved in the first.
  const namespaces =
    originOf("cluster.namespaces").type === "option" ? values["cluster.namespaces"] : undefined;
  const servesOthers = originOf("manifests").type === "option";
  if (!isNamed && (servesOthers || values["cluster.context"] === undefined)) {
    if (namespaces === undefined) return undefined;
    throw new CommandError(
      EXIT.usage,
      "-n chooses among the namespaces of a cluster, and none is followed",
      "name its context with --context",
    );
  }
  const { chooseCluster } = await import("../cluster/choose-cluster.ts");
  const chosen = chooseCluster(context, values);
  const [ownNamespace] = namespaces ?? [];
  return ownNamespace === undefined ? chosen : { ...chosen, ownNamespace, namespaces };
}
