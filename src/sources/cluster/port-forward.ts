import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { SpdyConnection } from "../../spdy/connection.ts";

/** Opens the connection over which a Pod's ports are forwarded. */
export type OpenTunnel = (pod: PodName) => Promise<Duplex>;

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

export const TUNNEL_HEADERS = {
  upgrade: "SPDY/3.1",
  "x-stream-protocol-version": "portforward.k8s.io",
} as const;

export function tunnelPath({ namespace, name }: PodName): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}/portforward`;
}

/** Reaches ports of Pods through an API server: one connection for each Pod, opened when it is needed and kept. */
export class PortForwarder {
  readonly #open: OpenTunnel;
  readonly #tunnels = new Map<string, Promise<SpdyConnection>>();
  #requests = 0;

  constructor(open: OpenTunnel) {
    this.#open = open;
  }

  /**
   * A stream to a port of a Pod. That nobody listens there shows only later: the stream is then destroyed with what
   * the kubelet says.
   * @throws what keeps the API server from being asked
   */
  async connect(pod: PodName, port: number): Promise<Duplex> {
    const tunnel = await this.#tunnelTo(pod);
    const common = { port: String(port), requestid: String(this.#requests++) };
    const error = tunnel.open({ streamtype: "error", ...common });
    const data = tunnel.open({ streamtype: "data", ...common });
    // Nothing is ever said on it from here.
    error.end();
    text(error).then(
      (message) => {
        if (message !== "") data.destroy(new Error(message));
      },
      () => {},
    );
    data.once("close", () => error.destroy());
    return data;
  }

  close(): void {
    for (const tunnel of this.#tunnels.values())
      tunnel.then((each) => each.close()).catch(() => {});
    this.#tunnels.clear();
  }

  /** A tunnel that has closed has removed itself, so what is there is open or being opened. */
  #tunnelTo(pod: PodName): Promise<SpdyConnection> {
    const id = `${pod.namespace}/${pod.name}`;
    const kept = this.#tunnels.get(id);
    if (kept !== undefined) return kept;
    const opening = this.#open(pod).then((carrier) => {
      carrier.once("close", () => {
        if (this.#tunnels.get(id) === opening) this.#tunnels.delete(id);
      });
      return new SpdyConnection(carrier);
    });
    this.#tunnels.set(id, opening);
    opening.catch(() => {
      if (this.#tunnels.get(id) === opening) this.#tunnels.delete(id);
    });
    return opening;
  }
}
