import type { RunningEngine } from "../../control/client.ts";
import { joinThrough } from "../../control/join-route.ts";
import { NamespaceError } from "../../network/namespace.ts";
import { type Pod, podIPs } from "../../objects/pod.ts";
import { privateFolder } from "../../runtime/private-folder.ts";
import { commandEnvironment } from "../../shell/environment.ts";
import { followCluster } from "../../shell/followed-cluster.ts";
import { joinNetwork } from "../../shell/joined-network.ts";
import { openOwnNetwork } from "../../shell/own-network.ts";
import { PodDoor } from "../../shell/pod-door.ts";
import { mainPort, podEnvironment } from "../../shell/pod-environment.ts";
import { runAt, type ShellPlace } from "../../shell/shell.ts";
import type { Store } from "../../store/store.ts";
import { CommandError, type Context } from "../command.ts";
import { dataFolder } from "../data-folder.ts";
import { EXIT, exitCodeOf } from "../exit-code.ts";
import type { RunRequest } from "../run/protocol.ts";
import { openRunSession } from "../run/session.ts";
import { passSignals } from "./pass-signals.ts";
import { noNamespace, startNamespace } from "./start-namespace.ts";

/** Runs a command as a pod, with the pod's own network. @returns its exit code. */
export async function runPodInShell(
  context: Context,
  running: RunningEngine,
  ask: RunRequest,
  command: readonly string[],
): Promise<number> {
  if (ask.replicas !== 1) {
    throw new CommandError(
      EXIT.usage,
      "--shell is one pod: --replicas can't be given with it",
      "run it again in another terminal for the next pod",
    );
  }
  const session = await openRunSession(running.socketPath, { ...ask, everyPort: true });
  const { env, cwd, stderr } = context;
  const started = startNamespace(context);
  const signals = passSignals(context, started.namespace);
  const doors: PodDoor[] = [];
  let place: ShellPlace | undefined;
  try {
    const [stand] = session.pods;
    const cluster = await followCluster(running, {
      sockets: privateFolder(env),
      dataFolder: dataFolder(env),
      onLost: () => stderr.write("the running up has ended; the command goes on\n"),
      onFound: () => {},
    });
    const pod = stand && (await podArrived(cluster.store, session.namespace, stand.name));
    if (stand === undefined || pod === undefined) {
      throw new CommandError(
        EXIT.no,
        `pod ${stand?.name} of the running up is gone again`,
        "try again",
      );
    }
    const { namespace: ofPod } = session;
    const onError = (error: Error) =>
      error instanceof NamespaceError && stderr.write(`kubelane: ${error.message}\n`);
    const membership = await joinThrough(running.socketPath, {
      namespace: ofPod,
      pod: stand.name,
      isPod: true,
    });
    if (membership === undefined) {
      place = await openOwnNetwork(started, {
        cluster,
        namespace: ofPod,
        as: pod,
        isPod: true,
        onListenError: (relay, error) =>
          stderr.write(`${relay.host}:${relay.port} is not served: ${error.message}\n`),
        onError,
      });
    } else {
      await started.namespace.close();
      place = await joinNetwork(membership, started, new Map(), membership.folder);
      signals.namespace = place.namespace;
    }
    const { namespace, address, nodeAddress } = place;
    const port = mainPort(pod) ?? stand.port;
    stderr.write(`${stand.name}: to answer on ${address}:${port} ($PORT)\n`);
    const further = Object.entries(stand.further ?? {}).map(([inside, outside]) => ({
      inside: Number(inside),
      outside,
    }));
    for (const { inside, outside } of [{ inside: port, outside: stand.port }, ...further]) {
      const door = new PodDoor({
        outside: { host: "127.0.0.1", port: outside },
        connect: () => namespace.connect(address, inside),
        onFirst: () => stderr.write(`${stand.name}: answers on ${address}:${inside}\n`),
        onError: (error) => stderr.write(`${stand.name}: ${error.message}\n`),
      });
      doors.push(door);
    }
    const node = { name: "local", address: nodeAddress };
    const trust = await cluster.routes.trustVariables(env);
    const own = { ...trust, PORT: String(port), ...podEnvironment(pod, cluster.store, node) };
    signals.running = true;
    return await runAt(place, {
      command,
      cwd,
      env: commandEnvironment(env, { namespace: ofPod, nodeAddress, own }),
      onKilled: onError,
    });
  } catch (error) {
    if (signals.stoppedBy !== undefined) return exitCodeOf(signals.stoppedBy);
    throw error instanceof NamespaceError ? noNamespace(context, error) : error;
  } finally {
    for (const door of doors) door.close();
    await (place?.close() ?? started.namespace.close());
    session.close();
  }
}

/** Milliseconds to wait for a pod to appear. */
const PATIENCE = 3000;

/** The pod, once it exists and has an address. */
function podArrived(store: Store, namespace: string, name: string): Promise<Pod | undefined> {
  return new Promise((resolve) => {
    const look = (isLast: boolean) => {
      const pod = store.get("Pod", namespace, name);
      if ((pod === undefined || podIPs(pod).length === 0) && !isLast) return;
      clearTimeout(timer);
      unsubscribe();
      resolve(pod);
    };
    const timer = setTimeout(look, PATIENCE, true);
    const unsubscribe = store.subscribe(() => look(false));
    look(false);
  });
}
