import { resolve } from "node:path";
import type { Policy } from "../../balancer/policy.ts";
import { validateDns1123Subdomain } from "../../labels/dns-name.ts";
import {
  type DnsEntry,
  type LocalConfig,
  NETWORK_MODES,
  type NetworkMode,
  POD_RECORDS,
  type PodRecords,
  type StubEntry,
} from "../../manifests/local-config.ts";
import type { ManifestInput } from "../../manifests/manifest-input.ts";
import { parseStub } from "../../manifests/stub-pattern.ts";
import { LoopbackMirror } from "../../net/loopback-mirror.ts";
import { DEFAULT_STANDPOINT } from "../../view/standpoint.ts";
import { type Command, CommandError, type Context } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { parseListenAddress } from "../listen-address.ts";
import { givenManifests, manifestOptions } from "../manifest-options.ts";
import { refuseInside } from "../shell/refuse-inside.ts";
import type { ProgramToRun } from "../up/run-program.ts";
import type { TalkFormat } from "../up/talk.ts";
import type { AccessLog } from "../up/telemetry.ts";

const DNS_DEFAULT = "127.0.0.1:10053";
const GATEWAY_DEFAULT = "127.0.0.1:8080";
const HTTPS_DEFAULT = "127.0.0.1:8443";
const API_DEFAULT = "127.0.0.1:10443";

/** Answers about the cluster change with it; what upstreams say is kept as kubeadm has it. */
const DNS = { ttl: 5, cache: 30 };

/** Loaded when chosen: help needs only the names. */
const POLICIES: Readonly<Record<string, () => Promise<Policy>>> = {
  random: async () => (await import("../../balancer/random.ts")).random,
  "round-robin": async () => (await import("../../balancer/round-robin.ts")).roundRobin,
  "least-connections": async () =>
    (await import("../../balancer/least-connections.ts")).leastConnections,
  p2c: async () => (await import("../../balancer/p2c.ts")).p2c,
};

async function policyOf(name: string): Promise<Policy> {
  const load = POLICIES[name];
  if (load === undefined) throw new RangeError(`no policy ${name}`);
  return load();
}

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
    {
      flags: "-c, --config <file>",
      summary: "the kubelane.yaml to use (default: here or above)",
      completes: "file",
    },
    {
      flags: "-n, --namespace <name>",
      summary: "follow only this namespace of the cluster; short names are taken from the first",
      repeatable: true,
    },
    {
      flags: "--dns <address>",
      summary: `where DNS listens, or off (default: ${DNS_DEFAULT}, or the next free port)`,
    },
    {
      flags: "--dns-zone <name>",
      summary: "a further zone that DNS answers like the cluster's, such as k8s.test",
      repeatable: true,
    },
    {
      flags: "--dns-upstream <address>",
      summary: "a server that DNS asks about all other names (default: none, and they fail)",
      repeatable: true,
    },
    {
      flags: "--dns-ttl <seconds>",
      summary: `how long answers about the cluster may be kept (default: ${DNS.ttl})`,
    },
    {
      flags: "--dns-cache <seconds>",
      summary: `how long what upstreams said is kept at most; 0 asks them each time (default: ${DNS.cache})`,
    },
    {
      flags: "--dns-routes",
      summary:
        "DNS answers the hosts of routes, too, by the addresses of their Gateways and of Ingresses",
    },
    {
      flags: "--pods <how>",
      summary: `names like 10-244-1-7.shop.pod.cluster.local: of any address (insecure), of those that pods have (verified), or none (default: ${DEFAULT_STANDPOINT.pods})`,
      choices: POD_RECORDS,
    },
    {
      flags: "--gateway <address>",
      summary: `where the HTTP gateway listens, or off (default: ${GATEWAY_DEFAULT}, or the next free port)`,
    },
    {
      flags: "--https <address>",
      summary: `where the gateway speaks TLS, or off (default: ${HTTPS_DEFAULT}, or the next free port; off with --gateway)`,
    },
    {
      flags: "--api <address>",
      summary: `where the Kubernetes API listens, or off (default: ${API_DEFAULT}, or the next free port)`,
    },
    {
      flags: "--state <folder>",
      summary:
        "where objects are kept across runs that are made through the API (default: they are gone when up ends)",
      completes: "file",
    },
    {
      flags: "--allow-missing",
      summary: "serve though a path that was named is not there yet, and follow it when it is",
    },
    {
      flags: "--offline",
      summary: "let pods with a network of their own reach the cluster alone, and nothing else",
    },
    {
      flags: "--network <name>",
      summary:
        "what local pods run in: pods (a network namespace each), host (this machine's network), or auto: pods where they can be had (default: what kubelane.yaml says, or auto)",
      choices: NETWORK_MODES,
    },
    {
      flags: "--stub <pattern>",
      summary:
        "answer with an echo for pods that nobody runs: deploy/payments, 'shop/*', '*' (besides those of kubelane.yaml)",
      repeatable: true,
    },
    {
      flags: "--mirror <number>",
      summary: `which loopback mirror to serve on, shared with others if need be: 10.96.0.1 is 127.96.0.1 in mirror 0, ${LoopbackMirror.numbered(1).addressOf("10.96.0.1")} in mirror 1 (default: auto, the first that no other up has)`,
    },
    {
      flags: "--load-balancer-range <cidr>",
      summary:
        "where Services of type LoadBalancer and Gateways get their addresses (default: 10.112.0.0/24)",
    },
    {
      flags: "--gateway-class <name>",
      summary: "serve Gateways and Ingresses of this class, and of no other but those named alike",
      repeatable: true,
    },
    { flags: "--no-relays", summary: "no listeners for ClusterIPs and NodePorts" },
    {
      flags: "--policy <name>",
      summary: "how endpoints are chosen",
      fallback: "random",
      choices: Object.keys(POLICIES),
    },
    {
      flags: "--subdomains",
      summary: "names below a Service's lead to it at the gateway: tenant1.web.localhost to web",
    },
    { flags: "--strict", summary: "no second endpoint when one can't be reached, as kube-proxy" },
    {
      flags: "--api-server <address>",
      summary:
        "where an API server runs: Service default/kubernetes leads there (default: none does)",
    },
    { flags: "--node <name>", summary: "the node this machine stands for" },
    { flags: "--zone <name>", summary: "the zone this machine stands in" },
    {
      flags: "--access-log <format>",
      summary: "a line for each request on stderr",
      fallback: "off",
      choices: ["off", "text", "json"],
    },
    {
      flags: "--log <format>",
      summary: "how events are told on stderr",
      fallback: "text",
      choices: ["text", "json"],
    },
    {
      flags: "--admin <address>",
      summary:
        "where /metrics and /healthz (ok, or 503 and what is degraded) are served; asked by another name than an address or localhost it answers 421",
    },
    {
      flags: "--cluster-domain <name>",
      summary: "the zone of DNS that Services are in",
      fallback: "cluster.local",
    },
    {
      flags: "--watch-restart <path...>",
      summary: "restart local pods, one at a time, when these files, folders or globs change",
      completes: "file",
    },
    { flags: "-q, --quiet", summary: "no output of local pods, only what went wrong" },
    { flags: "-d, --detach", summary: "go on in the background; kubelane down ends it" },
    {
      flags: "--wait",
      summary: "as -d, once every local pod is ready; exit code 1 when one does not become so",
    },
    {
      flags: "--timeout <duration>",
      summary: "for how long pods are waited for, with --wait or a program",
      fallback: "2m",
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
    const { parseDuration } = await import("../live/duration.ts");
    const timeout = parseDuration("--timeout", options["timeout"] as string);
    const text = (name: string) => options[name] as string | undefined;
    const address = (name: string, fallback: string) => {
      const given = text(name);
      const listen = parseListenAddress(given ?? fallback, `--${name}`);
      return listen && { ...listen, asked: given !== undefined };
    };
    const clusterDomain = zoneName("--cluster-domain", text("clusterDomain") ?? "cluster.local");
    const list = (name: string) => options[name] as readonly string[] | undefined;
    const number = (name: string) => (text(name) === undefined ? undefined : Number(text(name)));
    const dns = address("dns", DNS_DEFAULT);
    const gateway = address("gateway", GATEWAY_DEFAULT);
    // Who chooses where the gateway listens has not asked for another port somewhere else.
    const https = address("https", text("gateway") === undefined ? HTTPS_DEFAULT : "off");
    const api = address("api", API_DEFAULT);
    const { readLocalConfig } = await import("../local-config.ts");
    const given = givenManifests({ options });
    const config = await readLocalConfig(context, text("config"), given);
    const cluster = await clusterOf(context, config, given, list("namespace"));
    const names: DnsEntry = config?.dns ?? {};
    // Over a cluster that the command line names, only manifests that it names as well.
    const isOwnCluster = cluster === undefined || context.kubeContext === undefined;
    const manifests = given ?? (isOwnCluster ? (config?.manifests ?? []) : []);
    if (manifests.length === 0 && cluster === undefined) {
      throw new CommandError(
        EXIT.unreadable,
        config === undefined
          ? "there is nothing to serve: no kubelane.yaml is here or above"
          : `there is nothing to serve: ${config.file} names no manifests`,
        "name manifests with -f, for example kubelane up -f k8s/",
      );
    }
    if (options["allowMissing"] !== true) await refuseMissing(context, manifests);
    await refuseKustomizations(context, manifests);
    const { checkApiServer } = await import("../up/api-server-option.ts");
    checkApiServer(text("apiServer"));
    const admin = text("admin");
    const { serve } = await import("../up/serve.ts");
    return serve(context, {
      manifests,
      config,
      namesManifests: given === undefined && isOwnCluster,
      stubs: (list("stub") ?? []).map(stubOf),
      dns,
      gateway,
      https,
      cluster,
      // What is written there would never reach the cluster.
      api: cluster === undefined ? api : undefined,
      state: stateFolder(context, text("state"), config),
      admin: admin === undefined ? undefined : parseListenAddress(admin, "--admin"),
      accessLog: text("accessLog") as AccessLog,
      strict: options["strict"] === true,
      subdomains: options["subdomains"] === true,
      policy: await policyOf(text("policy") ?? "random"),
      apiServer: text("apiServer"),
      node: text("node"),
      zone: text("zone"),
      network: (text("network") as NetworkMode | undefined) ?? config?.network ?? "auto",
      offline: options["offline"] === true,
      loadBalancerRange: text("loadBalancerRange"),
      routeClasses: list("gatewayClass") ?? config?.gateway.classes,
      relays: options["relays"] !== false,
      mirror: parseMirror(text("mirror")),
      clusterDomain,
      names: {
        ttl: number("dnsTtl") ?? names.ttl ?? DNS.ttl,
        cache: number("dnsCache") ?? names.cache ?? DNS.cache,
        pods: (text("pods") as PodRecords | undefined) ?? names.pods ?? DEFAULT_STANDPOINT.pods,
        zones: (list("dnsZone") ?? names.zones ?? []).map((name) => zoneName("--dns-zone", name)),
        upstream: list("dnsUpstream") ?? names.upstream ?? [],
        routes: options["dnsRoutes"] === true || (names.routes ?? false),
      },
      watchRestart: list("watchRestart") ?? [],
      quiet: options["quiet"] === true || detached,
      program,
      wait: program !== undefined || options["wait"] === true ? timeout : undefined,
      log: text("log") as TalkFormat,
    });
  },
};

/** What the option says is relative to where the command runs, what kubelane.yaml says to that file. */
function stateFolder({ cwd }: Context, asked: string | undefined, config: LocalConfig | undefined) {
  return asked === undefined ? config?.state : resolve(cwd, asked);
}

/** @throws CommandError for words that are no program's: paths that a shell has made of a pattern, as a rule. */
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

/** @throws CommandError for what is no number of a mirror. */
function parseMirror(text: string | undefined): LoopbackMirror | undefined {
  if (text === undefined || text === "auto") return undefined;
  const mirror = LoopbackMirror.all.find(({ number }) => `${number}` === text);
  if (mirror !== undefined) return mirror;
  throw new CommandError(
    EXIT.usage,
    `--mirror ${text} is no loopback mirror`,
    `choose one from 0 to ${LoopbackMirror.all.length - 1}, or auto`,
  );
}

/** @throws CommandError for paths that nothing is at: a mistyped one would serve nothing, in silence. */
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

/** @throws CommandError for folders that are not read, but rendered: what is in them is no whole. */
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
 * @param namespaces those of `-n`, the first of which short names are taken from
 * @throws CommandError for one that can't be used
 */
async function clusterOf(
  context: Context,
  config: LocalConfig | undefined,
  given: readonly ManifestInput[] | undefined,
  namespaces: readonly string[] | undefined,
) {
  const isNamed = context.kubeContext !== undefined;
  if (!isNamed && (given !== undefined || config?.cluster?.context === undefined)) {
    if (namespaces === undefined) return undefined;
    throw new CommandError(
      EXIT.usage,
      "-n chooses among the namespaces of a cluster, and none is followed",
      "name its context with --context",
    );
  }
  const { chooseCluster } = await import("../cluster/choose-cluster.ts");
  const chosen = chooseCluster(context, config?.cluster);
  const [ownNamespace] = namespaces ?? [];
  return ownNamespace === undefined ? chosen : { ...chosen, ownNamespace, namespaces };
}

/** @throws CommandError for a pattern that names no pods */
function stubOf(pattern: string): StubEntry {
  const reading = parseStub(pattern);
  const position = { file: "--stub", line: 1, column: 1 };
  if (!("message" in reading)) return { ...reading, position };
  throw new CommandError(EXIT.usage, `--stub: ${reading.message}`, reading.hint);
}

/** @throws CommandError for what is no name of a zone. */
function zoneName(option: string, text: string): string {
  const name = text.toLowerCase().replace(/\.$/, "");
  const [problem] = validateDns1123Subdomain(name);
  if (problem === undefined) return name;
  throw new CommandError(
    EXIT.usage,
    `${option} ${JSON.stringify(text)} is no name of a zone: ${problem.message}`,
    `write, for example, ${option} ${option === "--dns-zone" ? "k8s.test" : "cluster.local"}`,
  );
}
