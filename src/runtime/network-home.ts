import { spawn as nodeSpawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Mount } from "../network/mount.ts";
import type { PodEntry, PodNamespace } from "../network/pod-network.ts";
import { enter } from "../network/pod-script.ts";
import { findProgram } from "../network/program.ts";
import type { Container, Pod } from "../objects/pod.ts";
import { clusterIPs } from "../objects/service.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import { ANY_PORT, portsToServe } from "./machine-home.ts";
import type { PodHome } from "./pod-home.ts";
import type { Spawn } from "./process-group.ts";
import type { ServiceAddress } from "./service-links.ts";

/** Makes network namespaces for pods. */
export interface NetworkedPods {
  /**
   * Makes the namespace of a pod; undefined where the pod is to run on the machine's network.
   * @throws when it fails; it is tried again later.
   */
  add(pod: Pod, podIP: string): Promise<PodNamespace | undefined>;
  /** Connects to a pod's address. */
  dial(host: string, port: number): Socket;
  /** The node's address, as seen by pods. */
  readonly nodeAddress: string;
  /** Where processes of this machine reach a port of the pod. */
  localAddressOf(address: string, port: number): LocalAddress | undefined;
  /** This process' variables, without those that make no sense in the pod's network. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
}

/** A pod with a network namespace: it has an address of its own and listens on its declared ports. */
export class NetworkHome implements PodHome {
  readonly network = "pods";
  readonly isExclusive = true;
  readonly podIP: string;
  readonly hostIP: string;
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly extra = {};
  readonly probedAt: readonly string[];
  readonly namespace: PodNamespace;
  readonly #network: NetworkedPods;

  constructor(network: NetworkedPods, place: PodNamespace) {
    this.#network = network;
    this.namespace = place;
    this.podIP = place.address;
    this.hostIP = network.nodeAddress;
    this.inherited = network.inherited;
    this.probedAt = [place.address];
  }

  readonly serviceAddress: ServiceAddress = (service, { port }) => {
    const host = clusterIPs(service)[0];
    return host === undefined ? undefined : { host, port };
  };

  readonly dial = (host: string, port: number): Socket => this.#network.dial(host, port);

  entryWith(mounts: readonly Mount[]): Promise<PodEntry> {
    return this.namespace.entry(mounts);
  }

  async portsOf(container: Container): Promise<ReadonlyMap<number, number>> {
    // A container that declares no port is assigned none: it may use any port of its namespace.
    const ports = portsToServe(container).filter((port) => port !== ANY_PORT);
    return new Map(ports.map((port) => [port, port]));
  }

  answersOn(): void {}

  addressOf(port: number): LocalAddress | undefined {
    return this.#network.localAddressOf(this.namespace.address, port);
  }

  release(): Promise<void> {
    return this.namespace.remove();
  }
}

/** Starts processes inside a pod's namespaces. */
export function spawnInside({ outside }: PodEntry): Spawn {
  return (file, args, options) => {
    const command = [file, ...args];
    const { cwd = "/", env = {} } = options;
    // Reports a missing program here, rather than in the words of the wrappers that start it.
    const isThere = findProgram(file, env["PATH"] ?? "", String(cwd)) !== undefined;
    const [program = "", ...words] = isThere ? enter(outside, String(cwd), command) : command;
    return nodeSpawn(program, words, options);
  };
}
