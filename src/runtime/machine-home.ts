import { portHolder } from "../net/port-holder.ts";
import type { StringMap } from "../objects/object.ts";
import type { Container } from "../objects/pod.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import { isFree, type LocalPorts } from "./local-ports.ts";
import type { NodeHook } from "./node-hook.ts";
import type { PodHome, PodSurroundings } from "./pod-home.ts";
import type { ServiceAddress } from "./service-links.ts";

/** The key for all ports of a container that declares none. */
export const ANY_PORT = 0;

/**
 * A pod on the machine's own network, which it shares with all other programs: each of its container ports is served
 * at another port of 127.0.0.1.
 */
export class MachineHome implements PodHome {
  readonly podIP: string;
  readonly hostIP: string;
  readonly serviceAddress: ServiceAddress;
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly extra: StringMap;
  readonly nodeHook: NodeHook | undefined;
  readonly network = "host";
  readonly isExclusive = false;
  /** Some servers listen on ::1 only. */
  readonly probedAt = ["127.0.0.1", "::1"];
  readonly holderOf = (port: number) => portHolder("0.0.0.0", port);
  readonly #pool: LocalPorts;
  readonly #byContainer = new Map<string, Map<number, number>>();
  /** The loopback address at which a local port answers, if it is not 127.0.0.1. */
  readonly #hosts = new Map<number, string>();
  #released = false;

  constructor(pool: LocalPorts, surroundings: PodSurroundings) {
    this.#pool = pool;
    this.podIP = surroundings.podIP;
    this.hostIP = surroundings.hostIP;
    this.serviceAddress = surroundings.serviceAddress;
    this.inherited = surroundings.inherited;
    this.extra = surroundings.extra;
    this.nodeHook = surroundings.nodeHook;
  }

  /** Ports are kept over restarts, unless another program has taken one meanwhile. */
  async portsOf(container: Container): Promise<ReadonlyMap<number, number>> {
    const assigned = this.#byContainer.get(container.name) ?? new Map<number, number>();
    this.#byContainer.set(container.name, assigned);
    for (const port of portsToServe(container)) {
      const before = assigned.get(port);
      if (before !== undefined && (await isFree(before))) continue;
      if (before !== undefined) this.#pool.release(before);
      const local = await this.#pool.take();
      if (this.#released) {
        this.#pool.release(local);
        break;
      }
      assigned.set(port, local);
    }
    return assigned;
  }

  answersOn({ host, port }: LocalAddress): void {
    if (host === "127.0.0.1") this.#hosts.delete(port);
    else this.#hosts.set(port, host);
  }

  addressOf(port: number): LocalAddress | undefined {
    const all = [...this.#byContainer.values()];
    const declared = all.find((ports) => ports.has(port))?.get(port);
    const local = declared ?? all.find((ports) => ports.has(ANY_PORT))?.get(ANY_PORT);
    if (local === undefined) return undefined;
    return { host: this.#hosts.get(local) ?? "127.0.0.1", port: local };
  }

  async release(): Promise<void> {
    this.#released = true;
    for (const ports of this.#byContainer.values()) {
      for (const port of ports.values()) this.#pool.release(port);
    }
    this.#byContainer.clear();
  }
}

/** The ports of a container: those that it declares, and those that only its probes name. */
export function portsToServe(container: Container): readonly number[] {
  const ports = new Set((container.ports ?? []).map(({ containerPort }) => containerPort));
  for (const probe of [container.readinessProbe, container.livenessProbe, container.startupProbe]) {
    const { httpGet, tcpSocket, grpc } = probe ?? {};
    const port = (httpGet ?? tcpSocket ?? grpc)?.port;
    const elsewhere = (httpGet ?? tcpSocket)?.host;
    if (typeof port === "number" && !elsewhere) ports.add(port);
  }
  if ((container.ports ?? []).length === 0) ports.add(ANY_PORT);
  return [...ports];
}
