import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { EventRecorder } from "../api/events/recorder.ts";
import { keepNamespaces } from "../api/namespace-content.ts";
import { type ApiServer, listenApi } from "../api/server.ts";
import { CertificateAuthority } from "../certificates/authority.ts";
import { familyOf } from "../net/address.ts";
import type { ListenAddress } from "../net/listen-address.ts";
import { type Pod, podIPs } from "../objects/pod.ts";
import type { Dialer } from "../proxy/dialer.ts";
import type { RuntimeEvent } from "../runtime/event.ts";
import type { Store } from "../store/store.ts";
import { podLog } from "./api-pods.ts";
import { execBeside } from "./exec.ts";
import type { ApiAddress } from "./listen.ts";
import type { Pods } from "./pods.ts";

export interface ApiDoorOptions {
  readonly store: Store;
  readonly pods: Pods;
  readonly dialer: Dialer;
  readonly now: () => Date;
  readonly random: () => number;
  readonly onError: (error: Error) => void;
  /** Default: a random one. */
  readonly token?: string;
}

/**
 * Opens the Kubernetes API with an authority and a token of its own: nobody else's certificate is trusted by who
 * trusts it, and both are gone with the process.
 */
export async function openApi(
  {
    store,
    pods,
    dialer,
    now,
    random,
    onError,
    token = randomBytes(24).toString("base64url"),
  }: ApiDoorOptions,
  address: ListenAddress,
): Promise<ApiServer & { readonly address: ApiAddress }> {
  // A name unlike the server's: a certificate whose issuer is named as itself is taken for self-signed.
  const authority = await CertificateAuthority.create("kubelane API authority", now());
  const names = ["localhost", "127.0.0.1", "::1", ...SERVICE_NAMES, ...ownAddress(address.host)];
  const certificate = await authority.issue({ commonName: "kubelane", names }, now());
  const server = await listenApi(
    {
      store,
      now,
      random,
      token,
      certificate,
      onError: (error) => onError(error as Error),
      isEndedLater: (object) =>
        object.kind === "Pod" && object.apiVersion === "v1" && pods.serves(object as Pod),
      streams: {
        exec: ({ metadata: { namespace = "", name } }, request) => {
          const launch = pods.launchOf({ namespace, name }, request.container);
          return launch && execBeside(launch, request);
        },
        connect: (pod, port) => connectTo(pod as Pod, port, pods, dialer),
      },
      pods: { log: (pod, request, signal) => podLog(pods.logs, pod, request, signal) },
    },
    address,
  );
  const stop = keepNamespaces(store, authority.cert);
  const events = new EventRecorder(store, now);
  const note = (event: RuntimeEvent) => events.note(event);
  pods.listeners.add(note);
  const { host, port } = server;
  return {
    host,
    port,
    address: { host, port, token, ca: authority.cert },
    close(grace) {
      stop();
      events.close();
      pods.listeners.delete(note);
      return server.close(grace);
    },
  };
}

/** Connects to a port of a Pod, as everything else here does. */
async function connectTo(pod: Pod, port: number, pods: Pods, dialer: Dialer): Promise<Socket> {
  const [address] = podIPs(pod);
  const { name } = pod.metadata;
  if (address === undefined) throw new Error(`pod ${name} has no address yet`);
  // An address of the cluster must never be looked for outside this machine.
  if (pods.localAddressOf(address, port) === undefined) {
    throw new Error(`pod ${name} serves no port ${port} on this machine`);
  }
  const socket = dialer.dial({ address, port }, { allowHalfOpen: true });
  await once(socket, "connect");
  return socket;
}

/** By which programs in a cluster reach it. */
const SERVICE_NAMES = [
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
];

function ownAddress(host: string): string[] {
  return familyOf(host) !== undefined && host !== "127.0.0.1" && host !== "::1" ? [host] : [];
}
