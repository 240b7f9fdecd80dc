import { json } from "node:stream/consumers";
import { type ControlRoute, sendJson } from "../../control/route.ts";
import { POD_DELETION_COST } from "../../controllers/deletion-order.ts";
import type { Engine } from "../../engine/engine.ts";
import { fromMap } from "../../labels/selector.ts";
import type { WorkloadTarget } from "../../manifests/local-config.ts";
import type { ObjectKey } from "../../objects/object-key.ts";
import { type Pod, type PodSpec, podIPs } from "../../objects/pod.ts";
import { LocalPorts } from "../../runtime/local-ports.ts";
import { namespacesOf } from "../../runtime/target-namespace.ts";
import { noSuchObject } from "../no-such-object.ts";
import { RUN_PATH, type RunPod, type RunReply, type RunRequest } from "../run/protocol.ts";
import type { LocalPodsBoard } from "./local-pods-board.ts";

/** Lets `kubelane run` stand for pods: from its request until it goes away. */
export function runRoute(engine: Engine, board: LocalPodsBoard): ControlRoute {
  // Away from the ports of pods that run in this process.
  const ports = new LocalPorts(process.pid * 101 + 5000);
  let guests = 0;
  return {
    method: "POST",
    path: RUN_PATH,
    async handle(_subject, incoming, response) {
      const asked = (await json(incoming)) as RunRequest;
      const place = placeOf(engine, asked);
      if ("error" in place) {
        sendJson(response, 404, place);
        return;
      }
      const request = { ...asked, ...place };
      const others = request.everyPort === true ? otherPorts(engine, request) : [];
      const given = request.addresses?.map((each) => ({ further: {}, ...each }));
      const addresses =
        given ??
        (await Promise.all(
          Array.from({ length: request.replicas }, () => addressWith(ports, others)),
        ));
      const taken = addresses.map(({ port }) => port);
      const bare = barePods(request, ++guests);
      const target = targetOf(request, bare);
      engine.store.apply(bare.map((object) => ({ op: "put", object })));
      const leave = board.add({
        target,
        addresses,
        ...(request.beside === true && { beside: true }),
        position: { file: "kubelane run", line: 1, column: 1 },
      });
      response.on("close", () => {
        giveUpFirst(engine, servedPods(engine, request.namespace, taken), request.namespace);
        leave();
        engine.store.apply(bare.map(({ metadata }) => ({ op: "delete", key: podKey(metadata) })));
        if (given !== undefined) return;
        for (const { port, further } of addresses) {
          for (const each of [port, ...Object.values(further)]) ports.release(each);
        }
      });
      await settledPods(engine, request.namespace, taken);
      await engine.refresh();
      const settled = servedPods(engine, request.namespace, taken);
      const reply: RunReply = {
        namespace: request.namespace,
        pods: settled.map((pod) => ({
          ...pod,
          further: addresses.find(({ port }) => port === pod.port)?.further ?? {},
        })),
      };
      if (response.destroyed) return;
      response.writeHead(200, { "content-type": "application/x-ndjson" });
      response.write(`${JSON.stringify(reply)}\n`);
    },
  };
}

/** A request whose namespace is known. */
type PlacedRequest = RunRequest & { readonly namespace: string };

/** Where the workload is that is meant, or why it can't be said. */
function placeOf(
  { store, view }: Engine,
  { namespace, target }: RunRequest,
): { readonly namespace: string } | { readonly error: string; readonly hint?: string } {
  const first = namespace ?? view.standpoint.namespace;
  if ("labels" in target || store.get(target.kind, first, target.name) !== undefined)
    return { namespace: first };
  const [only, ...others] = namespacesOf({ ...target, namespace }, store);
  if (only !== undefined && others.length === 0) return { namespace: only };
  const { kind, name } = target;
  const word = kind.split(".", 1)[0];
  if (only !== undefined) {
    return {
      error: `${word} ${name} is in each of the namespaces ${[only, ...others].join(", ")}`,
      hint: `say which is meant: -n ${only}`,
    };
  }
  const { message, hint } = noSuchObject(store, { groupKind: kind, namespace, name });
  return { error: message, ...(hint !== undefined && { hint }) };
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly further: Readonly<Record<number, number>>;
}

async function addressWith(ports: LocalPorts, others: readonly number[]): Promise<Address> {
  const port = await ports.take();
  const further: Record<number, number> = {};
  for (const other of others) further[other] = await ports.take();
  return { host: "127.0.0.1", port, further };
}

/** The TCP ports of a workload's containers but the main one. */
function otherPorts({ store }: Engine, { namespace, target }: PlacedRequest): number[] {
  if ("labels" in target) return [];
  const { spec } = store.get(target.kind, namespace, target.name) as { readonly spec: Templated };
  const containers = (spec.template?.spec ?? spec).containers ?? [];
  const ports = containers
    .flatMap((container) => container.ports ?? [])
    .filter(({ protocol = "TCP" }) => protocol === "TCP")
    .map(({ containerPort }) => containerPort);
  return [...new Set(ports)].filter((port) => port !== ports[0]);
}

type Templated = Partial<PodSpec> & { readonly template?: { readonly spec?: Partial<PodSpec> } };

/** Pods for a run that names no workload; none for one that does. */
function barePods({ namespace, target, replicas }: PlacedRequest, guest: number): Pod[] {
  if (!("labels" in target)) return [];
  const { labels, port } = target;
  return Array.from({ length: replicas }, (_, i) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `run-${guest}-${i}`,
      namespace,
      labels: { ...labels, [RUN_LABEL]: `${guest}` },
    },
    spec: { containers: [{ name: "run", ports: [{ containerPort: port }] }] },
  }));
}

/** Tells the pods of one run from those of another with the same labels. */
const RUN_LABEL = "kubelane.dev/run";

function targetOf({ namespace, target }: PlacedRequest, made: readonly Pod[]): WorkloadTarget {
  if (!("labels" in target)) return { namespace, ...target };
  const names = new Set(made.map(({ metadata }) => metadata.labels?.[RUN_LABEL]));
  return {
    namespace,
    selector: fromMap({ [RUN_LABEL]: [...names][0] ?? "" }),
  };
}

/** Milliseconds for pods to take the place of earlier ones, which take their time to end. */
const PATIENCE = 3000;

/** Settles when {@link servedPods} are there for each port, or when that took too long. */
function settledPods(engine: Engine, namespace: string, ports: readonly number[]): Promise<void> {
  return new Promise((resolve) => {
    const look = (isLast: boolean) => {
      const found = servedPods(engine, namespace, ports);
      if (found.length < ports.length && !isLast) return;
      clearTimeout(timer);
      unsubscribe();
      resolve();
    };
    const timer = setTimeout(look, PATIENCE, true);
    const unsubscribe = engine.store.subscribe(() => look(false));
    look(false);
  });
}

/** When the workload gets smaller, these of its pods go: the others have a process still. */
function giveUpFirst({ store }: Engine, pods: readonly RunPod[], namespace: string): void {
  const found = pods.flatMap(({ name }) => store.get("Pod", namespace, name) ?? []);
  store.apply(
    found.map((pod) => {
      const annotations = { ...pod.metadata.annotations, [POD_DELETION_COST]: String(-(2 ** 31)) };
      return { op: "put", object: { ...pod, metadata: { ...pod.metadata, annotations } } };
    }),
  );
}

/** The pods that lead to the ports, each with the environment of its main container. */
function servedPods(engine: Engine, namespace: string, ports: readonly number[]): RunPod[] {
  const found: RunPod[] = [];
  for (const pod of engine.store.list("Pod", { namespace })) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    const containerPort =
      pod.spec.containers.flatMap((each) => each.ports ?? [])[0]?.containerPort ?? 0;
    const [ip] = podIPs(pod);
    const port = ip === undefined ? undefined : engine.localAddressOf(ip, containerPort)?.port;
    if (port === undefined || !ports.includes(port)) continue;
    const { name } = pod.metadata;
    const env = engine.podEnvironment({ namespace, name }, new Map([[containerPort, port]]));
    found.push({ name, port, env });
  }
  return found;
}

function podKey({ namespace = "", name }: Pod["metadata"]): ObjectKey {
  return { kind: "Pod", namespace, name };
}
