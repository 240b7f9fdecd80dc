import type { Socket } from "node:net";
import { constants } from "node:os";
import { join } from "node:path";
import type { DataPlane, NetworkMode } from "../manifests/local-config.ts";
import type { Cluster } from "../network/cluster.ts";
import { ownDistribution } from "../network/facts.ts";
import type { PortCarriage } from "../network/kernel/kernel-plane.ts";
import type { NoKernelError } from "../network/kernel/no-kernel-error.ts";
import type { Membership } from "../network/membership.ts";
import type { NetworkPlan } from "../network/network-plan.ts";
import type { PodEntry, PodNamespace, PodNetwork } from "../network/pod-network.ts";
import { withoutProxies } from "../network/proxy-variables.ts";
import { type Refusal, whyNoKernel, whyOffline } from "../network/refusal.ts";
import { ROUTER } from "../network/router-script.ts";
import type { StringMap } from "../objects/object.ts";
import { type Pod, podIPs } from "../objects/pod.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import type { PodDoors } from "../proxy/pod-doors.ts";
import { systemError } from "../proxy/transport/system-error.ts";
import { engineNamespace } from "../runtime/containers/engine-namespace.ts";
import { LaunchProblem } from "../runtime/launch-problem.ts";
import type { LocalPods } from "../runtime/local-pods.ts";
import type { NetworkedPods } from "../runtime/network-home.ts";
import { ensurePrivateFolder, privateFolder } from "../runtime/private-folder.ts";
import type { Emit } from "./events.ts";

interface Surroundings {
  readonly mode: NetworkMode;
  readonly dataPlane: DataPlane;
  /** By which policy endpoints are chosen. */
  readonly policy: string;
  /** Whether pods of it reach nothing outside the cluster. */
  readonly offline: boolean;
  /** What the network shows; asked for when it is made. */
  cluster(): Cluster;
  /** Variables by which pods trust certificates that are made here. */
  trust(): StringMap;
  /** What will run in it, as far as that is known when it is made. */
  pods(): LocalPods;
  readonly emit: Emit;
}

interface Open {
  readonly network: PodNetwork;
  readonly plan: NetworkPlan;
  readonly doors: PodDoors;
}

/** A program that joins the network. */
interface Joining {
  /** Whose short names apply. */
  readonly namespace: string;
  /** Whose search list, host aliases and host name apply. */
  readonly pod?: Pod | undefined;
  /** Whether the program is that pod, of which this process runs nothing. */
  readonly isPod?: boolean | undefined;
  /** Into that pod, where it has a place in the network already. */
  readonly entry?: PodEntry | undefined;
}

/** The network that an engine's local pods live in: made for the first of them, or known not to be had. */
export class LocalNetwork implements NetworkedPods {
  readonly #surroundings: Surroundings;
  #opening: Promise<Open | undefined> | undefined;
  #open: Open | undefined;
  #closed = false;
  /** Whether it is said, or will be. */
  #unenforced = false;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  get inherited(): Readonly<Record<string, string | undefined>> {
    return { ...withoutProxies(process.env), ...this.#surroundings.trust() };
  }

  get nodeAddress(): string {
    return this.#open?.plan.nodeAddresses[0] ?? ROUTER;
  }

  async add(pod: Pod, podIP: string): Promise<PodNamespace | undefined> {
    if (this.#surroundings.mode === "host") {
      this.#tellUnenforced("local pods run on this machine's network");
      return undefined;
    }
    this.#opening ??= this.#start();
    const open = await this.#opening;
    const { namespace = "default" } = pod.metadata;
    // Its own hosts file names it by the address that its status will have.
    const as = { ...pod, status: { ...pod.status, podIP, podIPs: [{ ip: podIP }] } };
    return open?.network.add({ namespace, as, address: podIP });
  }

  /**
   * A place in the network for a program that another process starts. A program that stands for a pod gets the
   * pod's address.
   * @returns undefined where no pod has a network of its own.
   */
  async join({ namespace, pod, isPod = false, entry }: Joining): Promise<Membership | undefined> {
    const open = await this.#opening?.catch(() => undefined);
    if (open === undefined) return undefined;
    const { network, plan } = open;
    const shared = { agentEntry: network.agentEntry, nodeAddress: plan.nodeAddresses[0] ?? ROUTER };
    const [podIP = ""] = pod === undefined ? [] : podIPs(pod);
    if (entry !== undefined) {
      const { inside, folder } = entry;
      return { ...shared, address: podIP, entry: inside, folder, leave: async () => {} };
    }
    const place = await network.add({
      namespace,
      as: pod,
      isGuest: true,
      ...(isPod && { address: podIP }),
    });
    const { inside, folder } = await place.entry();
    const { address } = place;
    return { ...shared, address, entry: inside, folder, leave: () => place.remove() };
  }

  /** What balances connections of pods to each service port; undefined where relays balance all of them. */
  carriages(): readonly PortCarriage[] | undefined {
    return this.#open?.network.kernel?.carriages();
  }

  /** Once, when there is a policy that somebody may rely on. */
  #tellUnenforced(reason: string): void {
    if (this.#unenforced) return;
    this.#unenforced = true;
    const { cluster, emit } = this.#surroundings;
    const { store } = cluster();
    const tell = () => {
      if (store.list("NetworkPolicy.networking.k8s.io").length === 0) return false;
      emit("told", `NetworkPolicies are not enforced between local pods: ${reason}`);
      return true;
    };
    if (tell()) return;
    const unsubscribe = store.subscribe(() => {
      if (tell()) unsubscribe();
    });
  }

  /** Nobody asked for what is not installed, and so it is not told. */
  #whyRelayed(error: NoKernelError): Refusal | undefined {
    const isExpected = error.missing.length > 0 && this.#surroundings.dataPlane === "auto";
    return isExpected ? undefined : whyNoKernel(error, ownDistribution());
  }

  has(address: string): boolean {
    return this.#open?.network.has(address) ?? false;
  }

  dial(host: string, port: number, options?: { readonly allowHalfOpen?: boolean }) {
    return this.#network.dial(host, port, options);
  }

  /** A connection within a pod, to an address of its own localhost. */
  dialWithin(pod: string, host: string, port: number): Socket {
    return this.#network.dialWithin(pod, host, port, { allowHalfOpen: true });
  }

  bind(socket: Parameters<PodNetwork["bind"]>[0]): void {
    this.#network.bind(socket);
  }

  localAddressOf(address: string, port: number): LocalAddress | undefined {
    const door = this.#open?.doors.port;
    return door === undefined || !this.has(address) ? undefined : { host: address, port, door };
  }

  /**
   * A way to a pod of the network for other processes of this machine.
   * @throws the error of connecting to the pod
   */
  async reach(place: LocalAddress): Promise<string> {
    if (this.#open === undefined || !this.has(place.host)) {
      throw systemError(-constants.errno.EHOSTUNREACH, "connect", {
        address: place.host,
        port: place.port,
      });
    }
    return this.#open.doors.reach(place);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = await this.#opening?.catch(() => undefined);
    await open?.doors.close();
    await open?.network.close();
  }

  get #network(): PodNetwork {
    if (this.#open === undefined) throw new Error("there is no network of pods");
    return this.#open.network;
  }

  /** @returns undefined when pods run on the machine's network instead. */
  async #start(): Promise<Open | undefined> {
    const { mode, dataPlane, policy, offline, cluster, emit } = this.#surroundings;
    const { PATH, ...env } = process.env;
    const folder = privateFolder(env);
    // Most engines run no pod, and what a network of pods takes needs a while to load.
    const [{ PodNetwork }, { startNetwork, whyNoNetwork }, { PodDoors }] = await Promise.all([
      import("../network/pod-network.ts"),
      import("../network/start-network.ts"),
      import("../proxy/pod-doors.ts"),
    ]);
    let network: PodNetwork | undefined;
    try {
      ensurePrivateFolder(folder);
      const outer = await engineNamespace(this.#surroundings.pods());
      const place = join(folder, "network");
      network = new PodNetwork(startNetwork(place, PATH, "pods", outer?.words));
      // From here on its own namespace keeps the outer one.
      void network.namespace
        .up()
        .catch(() => {})
        .then(() => outer?.release());
      const plan = await network.open({
        cluster: cluster(),
        wayOut: !offline,
        ...(dataPlane !== "relay" && {
          kernel: {
            policy,
            onFault: (error) =>
              emit("told", `relays balance connections between pods from now on: ${error.message}`),
            onUnenforced: (error) =>
              emit("told", `NetworkPolicies are not enforced from now on: ${error.message}`),
          },
        }),
        onListenError: (relay, error) => emit("unreachable", relay, error),
        onError: (error) => emit("fault", error),
      });
      const { dialer } = cluster();
      const doors = new PodDoors(dialer, (error) => emit("fault", error));
      await doors.open();
      this.#open = { network, plan, doors };
      const closed = network.offline && whyOffline(network.offline, ownDistribution());
      const relayed = network.noKernel && this.#whyRelayed(network.noKernel);
      if (network.kernel === undefined) {
        this.#tellUnenforced(
          network.noKernel
            ? whyNoKernel(network.noKernel, ownDistribution()).reason
            : "dataPlane is relay",
        );
      }
      emit("network", {
        network: "pods",
        dataPlane: network.kernel === undefined ? "relay" : "nft",
        ...(closed && { offline: closed }),
        ...(relayed && { relayed }),
      });
      return this.#open;
    } catch (error) {
      await network?.close();
      if (this.#closed) return undefined;
      const { reason, allow } = whyNoNetwork(PATH, error as Error);
      if (mode === "pods") {
        // It may be allowed meanwhile: the next start of a pod tries again.
        this.#opening = undefined;
        const next = allow === undefined ? "" : `; to allow it: ${allow}`;
        throw new LaunchProblem("FailedCreatePodSandBox", `${reason}${next}`, { cause: error });
      }
      this.#tellUnenforced("local pods run on this machine's network");
      emit("network", { network: "host", reason, ...(allow !== undefined && { allow }) });
      return undefined;
    }
  }
}
