import { createServer } from "node:net";

/**
 * The range of local ports. It lies below the ports that kernels use for outgoing connections, so that no client of
 * this machine takes one between two starts of a pod, and below the NodePorts.
 */
const FIRST = 20_000;
const COUNT = 10_000;
const ATTEMPTS = 200;

/** Assigns free ports of 127.0.0.1, each only once. */
export class LocalPorts {
  readonly #taken = new Set<number>();
  #next: number;

  /** @param start where to begin looking; runtimes of one process begin at different places. */
  constructor(start: number) {
    this.#next = start % COUNT;
  }

  /** @throws Error when no port is free. */
  async take(): Promise<number> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const port = FIRST + this.#next;
      this.#next = (this.#next + 1) % COUNT;
      if (this.#taken.has(port)) continue;
      this.#taken.add(port);
      if (await isFree(port)) return port;
      this.#taken.delete(port);
    }
    throw new Error(`no free port on 127.0.0.1 among ${ATTEMPTS} from ${FIRST} up`);
  }

  release(port: number): void {
    this.#taken.delete(port);
  }
}

/** Whether the port is free on both loopback addresses: a server may listen on either. */
export async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, "127.0.0.1")) && (await canListen(port, "::1"));
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      // On a machine without IPv6, ::1 does not exist, so the port is free there.
      resolve(error.code === "EADDRNOTAVAIL" || error.code === "EAFNOSUPPORT");
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
