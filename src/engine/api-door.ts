import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { EventRecorder } from "../api/events/recorder.ts";
import { keepNamespaces } from "../api/namespace-content.ts";
import { type ApiServer, listenApi } from "../api/server.ts";
import { apiServerObjects } from "../controllers/api-server.ts";
import { familyOf } from "../net/address.ts";
import type { ListenAddress } from "../net/listen-address.ts";
import type { LoopbackMirror } from "../net/loopback-mirror.ts";
import { type Pod, type PodSpec, podIPs } from "../objects/pod.ts";
import { clusterIPs } from "../objects/service.ts";
import type { Dialer } from "../proxy/dialer.ts";
import type { RuntimeEvent } from "../runtime/event.ts";
import type { Store } from "../store/store.ts";
import { apiCertificate } from "./api-certificate.ts";
import { podLog } from "./api-pods.ts";
import { asExecution } from "./attach.ts";
import { execBeside } from "./exec.ts";
import type { ApiAddress } from "./listen.ts";
import type { Origins } from "./origins.ts";
import type { Pods } from "./pods.ts";

export interface ApiDoorOptions {
  readonly store: Store;
  readonly mirror: LoopbackMirror;
  readonly pods: Pods;
  readonly dialer: Dialer;
  readonly origins: Origins;
  readonly now: () => Date;
  readonly random: () => number;
  readonly onError: (error: Error) => void;
  /** Default: a random one. */
  readonly token?: string;
}

export interface OpenApi extends ApiServer {
  readonly address: ApiAddress;
  /** The address of Service default/kubernetes; undefined where another server has that Service. */
  readonly published: ApiAddress | undefined;
}

/**
 * Opens the Kubernetes API with a certificate authority and a token that exist in this process only: clients that
 * trust this authority trust no other server, and both are gone with the process.
 */
export async function openApi(
  {
    store,
    mirror,
    pods,
    dialer,
    origins,
    now,
    random,
    onError,
    token = randomBytes(24).toString("base64url"),
  }: ApiDoorOptions,
  address: ListenAddress,
): Promise<OpenApi> {
  const isPublished = publishService(store, address);
  const addresses = isPublished ? serviceAddresses(store, mirror) : [];
  const names = [
    "localhost",
    "127.0.0.1",
    "::1",
    ...SERVICE_NAMES,
    ...addresses,
    ...ownAddress(address.host),
  ];
  const { certificate, ca } = await apiCertificate(names, now());
  const server = await listenApi(
    {
      store,
      now,
      random,
      token,
      certificate,
      onError: (error) => onError(error as Error),
      onWritten: (write) => origins.written(write),
      saved: () => origins.saved(),
      isEndedLater: (object) =>
        object.kind === "Pod" && object.apiVersion === "v1" && pods.serves(object as Pod),
      streams: {
        exec: ({ metadata: { namespace = "", name } }, request) => {
          const launch = pods.launchOf({ namespace, name }, request.container);
          if (launch === undefined) throw new Error(`container ${request.container} has ended`);
          return execBeside(launch, request);
        },
        attach: ({ metadata: { namespace = "", name } }, container) => {
          const streams = pods.attach({ namespace, name }, container);
          if (streams === undefined) throw new Error(`container ${container} has ended`);
          return asExecution(streams);
        },
        connect: (pod, port) => connectTo(pod as Pod, port, pods, dialer),
      },
      pods: {
        log: (pod, request, signal) => podLog(pods.logs, pod, request, signal),
        runs: ({ metadata: { namespace = "", name }, spec }, container) => {
          const { containers } = spec as PodSpec;
          const names = container === undefined ? containers.map((each) => each.name) : [container];
          return names.some((each) => pods.launchOf({ namespace, name }, each) !== undefined);
        },
      },
    },
    address,
  );
  const stop = keepNamespaces(store, ca);
  const events = new EventRecorder(store, now);
  const note = (event: RuntimeEvent) => events.note(event);
  pods.listeners.add(note);
  const { host, port } = server;
  const bound = { host, port, token, ca };
  const published = isPublished ? { ...bound, host: reachable(host) } : undefined;
  if (published !== undefined) publish(store, published);
  return {
    published,
    host,
    port,
    address: bound,
    close(grace) {
      stop();
      events.close();
      pods.listeners.delete(note);
      return server.close(grace);
    },
  };
}

/**
 * Creates Service default/kubernetes, by which programs of the cluster find the API, unless another server has it.
 * Its address must be known before the server listens, as the certificate contains it.
 * @returns whether it is ours
 */
function publishService(store: Store, address: ListenAddress): boolean {
  if (store.get("Service", NAMESPACE, NAME) !== undefined) return false;
  const [service] = apiServerObjects(address);
  store.apply([{ op: "put", object: service }]);
  return true;
}

function publish(store: Store, address: ListenAddress): void {
  const objects = apiServerObjects(address);
  store.apply(objects.map((object) => ({ op: "put", object })));
}

/** The address at which a server that listens on all addresses is reached on this machine. */
function reachable(host: string): string {
  return host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
}

/** The server's address for pods with a network of their own, and for pods on the machine's. */
function serviceAddresses(store: Store, mirror: LoopbackMirror): string[] {
  const service = store.get("Service", NAMESPACE, NAME);
  const addresses = service === undefined ? [] : clusterIPs(service);
  return addresses.flatMap((address) => [address, mirror.addressOf(address) ?? address]);
}

const NAMESPACE = "default";
const NAME = "kubernetes";

/** Connects to a port of a Pod, as everything else here does. */
async function connectTo(pod: Pod, port: number, pods: Pods, dialer: Dialer): Promise<Socket> {
  const [address] = podIPs(pod);
  const { name } = pod.metadata;
  if (address === undefined) throw new Error(`pod ${name} has no address yet`);
  // An address of the cluster must never be dialled outside this machine.
  if (pods.localAddressOf(address, port) === undefined) {
    throw new Error(`pod ${name} serves no port ${port} on this machine`);
  }
  const socket = dialer.dial({ address, port }, { allowHalfOpen: true });
  await once(socket, "connect");
  return socket;
}

/** Host names by which programs in a cluster reach it. */
const SERVICE_NAMES = [
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
];

function ownAddress(host: string): string[] {
  return familyOf(host) !== undefined && host !== "127.0.0.1" && host !== "::1" ? [host] : [];
}
