import { nearestName } from "../../diagnostics/nearest-name.ts";
import type { PointOfView } from "../../dns/dns.ts";
import { NamespaceError } from "../../network/namespace.ts";
import type { PodNetworkOptions } from "../../network/pod-network.ts";
import { findProgram } from "../../network/program.ts";
import type { Pod } from "../../objects/pod.ts";
import { DEFAULT_NAMESPACE } from "../../objects/resource.ts";
import { commandEnvironment } from "../../shell/environment.ts";
import { type InteractiveShell, interactiveShell, onOwnTerminal } from "../../shell/interactive.ts";
import { joinNetwork } from "../../shell/joined-network.ts";
import { openOwnNetwork } from "../../shell/own-network.ts";
import { runAt, type ShellPlace } from "../../shell/shell.ts";
import type { Store } from "../../store/store.ts";
import type { Context, Input } from "../command.ts";
import { exitCodeOf } from "../exit-code.ts";
import { givenManifests } from "../manifest-options.ts";
import { noSuchObject } from "../no-such-object.ts";
import { findCluster } from "./find-cluster.ts";
import { passSignals } from "./pass-signals.ts";
import { noNamespace } from "./start-namespace.ts";

/**
 * Runs a command, or a shell, in a namespace that was started for it.
 * @returns its exit code.
 */
export async function runShell(
  context: Context,
  { args, options }: Input,
  { namespace = DEFAULT_NAMESPACE, pod }: PointOfView,
  started: PodNetworkOptions,
): Promise<number> {
  const command = (args[0] ?? []) as readonly string[];
  const signals = passSignals(context, started.namespace);
  // Objects are read while the namespace starts.
  const found = await findCluster(context, givenManifests({ options })).catch(async (error) => {
    await started.namespace.close();
    throw error;
  });
  let place: ShellPlace | undefined;
  try {
    const { cluster, origin } = found;
    const as = pod === undefined ? undefined : podOf(cluster.store, namespace, pod);
    const { env, cwd, stderr, verbose } = context;
    warnOfUnknown(stderr, cluster.store, namespace);
    // Errors of single connections are visible to their clients; the end of the whole namespace is not.
    const onError = (error: Error) =>
      (verbose === true || error instanceof NamespaceError) &&
      stderr.write(`kubelane: ${error.message}\n`);
    const membership = await found.join({ namespace, ...(as && { pod: as.metadata.name }) });
    const folder =
      membership === undefined ? started.folder : `${membership.folder}/shell-${process.pid}`;
    const start =
      command.length > 0
        ? { command, env: {}, files: new Map<string, string>() }
        : userShell(context, `(${markOf(namespace, pod)}) `, folder);
    if (membership === undefined) {
      place = await openOwnNetwork(started, {
        cluster,
        namespace,
        as,
        files: start.files,
        onListenError: (relay, error) =>
          stderr.write(`kubelane: ${relay.host}:${relay.port} is not served: ${error.message}\n`),
        onError,
      });
    } else {
      await started.namespace.close();
      place = await joinNetwork(membership, started, start.files, folder);
      signals.namespace = place.namespace;
    }
    if (command.length === 0 && isTerminal(context.stdin)) {
      stderr.write(greeting(namespace, pod, origin));
    }
    signals.running = true;
    const trust = await cluster.routes.trustVariables(env);
    const own = {
      ...trust,
      ...start.env,
      ...(as && { HOSTNAME: as.spec.hostname ?? as.metadata.name }),
    };
    const { nodeAddress } = place;
    return await runAt(place, {
      command: start.command,
      cwd,
      env: commandEnvironment(env, { namespace, nodeAddress, own }),
      onKilled: onError,
    });
  } catch (error) {
    if (signals.stoppedBy !== undefined) return exitCodeOf(signals.stoppedBy);
    throw error instanceof NamespaceError ? noNamespace(context, error) : error;
  } finally {
    await (place?.close() ?? started.namespace.close());
    await found.close();
  }
}

function podOf(store: Store, namespace: string, name: string): Pod {
  const pod: Pod | undefined = store.get("Pod", namespace, name);
  if (pod !== undefined) return pod;
  throw noSuchObject(store, { groupKind: "Pod", namespace, name });
}

function warnOfUnknown(stderr: Context["stderr"], store: Store, namespace: string): void {
  const names = namespacesOf(store);
  if (names.has(namespace) || namespace === DEFAULT_NAMESPACE) return;
  const near = nearestName(namespace, [...names]);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  stderr.write(`warning: nothing is in namespace ${namespace}${hint}\n`);
}

/** Namespaces that are declared, and those with objects. */
function namespacesOf(store: Store): ReadonlySet<string> {
  const inside = ["Service", "Pod"].flatMap((kind) => store.list(kind));
  return new Set([
    ...store.list("Namespace").map(({ metadata }) => metadata.name),
    ...inside.map(({ metadata }) => metadata.namespace ?? DEFAULT_NAMESPACE),
  ]);
}

function userShell(
  { env, stdin, stdout }: Context,
  mark: string,
  folder: string,
): InteractiveShell {
  const shell = env["SHELL"] || "/bin/sh";
  // The shell reads a script, so no prompt is shown.
  if (!isTerminal(stdin)) return { command: [shell], env: {}, files: new Map() };
  const started = interactiveShell(shell, mark, folder, env);
  const hasScript = findProgram("script", env["PATH"] ?? "") !== undefined;
  return isTerminal(stdout) && hasScript ? onOwnTerminal(started, shell) : started;
}

const isTerminal = (stream: object): boolean => (stream as { isTTY?: boolean }).isTTY === true;

function markOf(namespace: string, pod: string | undefined): string {
  return `kubelane ${pod === undefined ? namespace : `${namespace}/${pod}`}`;
}

function greeting(namespace: string, pod: string | undefined, origin: string): string {
  const who = pod === undefined ? `namespace ${namespace}` : `pod ${namespace}/${pod}`;
  return `The network of ${who}, from ${origin}. Other addresses are out of reach. exit ends it.\n`;
}
