import type { Container } from "../objects/pod.ts";
import type { LocalAddress } from "./local-pods.ts";
import { isFree, type LocalPorts } from "./local-ports.ts";

/** Stands for all ports of a container that declares none. */
const ANY_PORT = 0;

/** The local ports of one pod's containers: where on this machine each container port is served. */
export class PodPorts {
  readonly #pool: LocalPorts;
  readonly #byContainer = new Map<string, Map<number, number>>();
  /** On which loopback address a local port answers, when it is not 127.0.0.1. */
  readonly #hosts = new Map<number, string>();
  #released = false;

  constructor(pool: LocalPorts) {
    this.#pool = pool;
  }

  /** Ports stay the same over restarts, unless something else has taken one meanwhile. */
  async assign(container: Container): Promise<ReadonlyMap<number, number>> {
    const assigned = this.#byContainer.get(container.name) ?? new Map<number, number>();
    this.#byContainer.set(container.name, assigned);
    for (const port of portsOf(container)) {
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

  /** Some servers listen on ::1 only. */
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

  release(): void {
    this.#released = true;
    for (const ports of this.#byContainer.values()) {
      for (const port of ports.values()) this.#pool.release(port);
    }
    this.#byContainer.clear();
  }
}

/** What to assign local ports for: declared ports, and those that only a probe names. */
function portsOf(container: Container): readonly number[] {
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
