import type { Policy } from "../balancer/policy.ts";
import type { PodRecords } from "../dns/options.ts";
import type { DataPlane, Exposure, NetworkMode, NodeEntry } from "../manifests/local-config.ts";
import type { PortRange } from "../net/port-pool.ts";
import type { Dialer } from "../proxy/dialer.ts";
import type { LocalAddressOf } from "../proxy/mapped-dialer.ts";
import type { BackOffPolicy } from "../runtime/back-off.ts";
import type { EnvironmentSources } from "../runtime/environment.ts";
import type { LocalPods } from "../runtime/local-pods.ts";
import type { NodeHook } from "../runtime/node-hook.ts";
import type { Controller } from "../store/controller.ts";

/** Everything an engine can be told. All of it is optional. */
export interface EngineOptions {
  /** The zone of Service names. Default: `cluster.local`. */
  readonly clusterDomain?: string;
  /** The namespace of short names. Default: `default`. */
  readonly defaultNamespace?: string;
  /**
   * `declared`: only a Namespace object makes a namespace exist, as in a cluster. Default `implied`: any
   * object in it does (D.1).
   */
  readonly namespaces?: "declared" | "implied";
  /** Further zones of names, answered like the cluster's own. */
  readonly furtherZones?: readonly string[];
  /**
   * Names of pods by their addresses, `10-244-1-7.shop.pod.cluster.local`: for any address, for those of pods
   * only, or none. Default: `insecure`, as kubeadm configures clusters (D.10).
   */
  readonly pods?: PodRecords;
  /** Where ClusterIPs are allocated, the primary family first. Default: 10.96.0.0/12. */
  readonly serviceRanges?: readonly string[];
  /** Where pod addresses are allocated. Default: 10.244.0.0/16. */
  readonly podRange?: string;
  /**
   * Which of this machine's loopback mirrors `listen` binds and names lead to, 0 to 5: `10.96.3.7` is at
   * `127.96.3.7`, `127.116.3.7`, … and so on in steps of 20. Engines with the same addresses need one each.
   * Default: 0.
   */
  readonly mirror?: number;
  /**
   * The classes of Gateways and Ingresses that are served, by name; others get neither addresses nor statuses. Default:
   * all, whichever controller has them elsewhere.
   */
  readonly routeClasses?: readonly string[];
  /** Where addresses of Services of type LoadBalancer are allocated. Default: 10.112.0.0/24. */
  readonly loadBalancerRange?: string;
  /** Where the authority is kept that certificates for routes are of. Default: nowhere; it is gone with the engine. */
  readonly dataFolder?: string;
  /** Default: 30000 to 32767. */
  readonly nodePortRange?: PortRange;
  /** The nodes of the emulated cluster, as Node objects. Default: none is named. */
  readonly nodes?: readonly NodeEntry[];
  /**
   * Where an API server runs, `ADDRESS:PORT`: Service default/kubernetes leads there, with endpoints as the
   * API server itself would publish them, unless the objects bring their own. The address may be a loopback
   * one. Default: none runs, and there is no such Service.
   */
  readonly apiServer?: string;
  /**
   * Whether Services with a selector get the deprecated Endpoints beside their EndpointSlices, for clients that still
   * read them. Default: false.
   */
  readonly legacyEndpoints?: boolean;
  /**
   * Whether a real cluster is followed: what comes by `follow` is the cluster's, and the control loops work on what is
   * local alone. Default: false.
   */
  readonly cluster?: boolean;
  /** The node this machine stands for; topology rules go by it. Default: every endpoint is local. */
  readonly node?: string;
  /** The zone this machine stands in. */
  readonly zone?: string;
  /**
   * The control loops. Default: those of a cluster. None (`[]`) for objects that a cluster's, or another
   * engine's, have worked on already.
   */
  readonly controllers?: readonly Controller[];
  /** How an endpoint is chosen. Default: uniformly at random, as kube-proxy does. */
  readonly policy?: Policy;
  /** Pods that are processes of this machine (`kubelane.yaml`). They run from `startPods` on. */
  readonly localPods?: LocalPods;
  /**
   * The network that `localPods` run in: `pods`, a network namespace for each (Linux); `host`, the machine's own;
   * `auto`, the first where it can be had. Default: `host`; of `kubelane up`: `auto`.
   */
  readonly network?: NetworkMode;
  /**
   * What balances connections between pods of a network of their own: `nft`, the kernel, except for Services that it can't
   * carry; `relay`, this process; `auto`, the first where it is installed. Default: `auto`.
   */
  readonly dataPlane?: DataPlane;
  /** Whether pods of a network of their own reach nothing but the cluster. Default: false. */
  readonly offline?: boolean;
  /**
   * Which of the ports that pods with a network of their own listen on are at 127.0.0.1, too. Default: `off`; of
   * `kubelane up`: `auto`.
   */
  readonly expose?: Exposure;
  /** What Node programs of local pods on the machine's own network know its names by. Default: nothing. */
  readonly nodeHook?: NodeHook;
  /** Where pods are that something else than `localPods` serves on this machine. */
  readonly localAddressOf?: LocalAddressOf;
  /** How endpoints are reached that are no local pods. Default: by their addresses, as if on their network. */
  readonly dialer?: Dialer;
  /** Between restarts of local pods. Default: the kubelet's, 10 s doubling to 5 min. */
  readonly backOff?: Partial<BackOffPolicy>;
  /** Which variables local pods get besides their own. Default: all. */
  readonly environmentSources?: Partial<EnvironmentSources>;
  /** Default: the system's clock. */
  readonly now?: () => Date;
  /** Uniform in [0, 1). Default: Math.random. */
  readonly random?: () => number;
}
