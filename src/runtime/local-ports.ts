import { createServer } from "node:net";

/**
 * Where local ports are taken from: below the range that kernels give to outgoing connections, so that no
 * client of this machine takes one between two starts of a pod, and below the NodePorts.
 */
const FIRST = 20_000;
const COUNT = 10_000;
const ATTEMPTS = 200;

/** Gives out ports of 127.0.0.1 that nothing listens on, none of them twice. */
export class LocalPorts {
  readonly #taken = new Set<number>();
  #next: number;

  /** @param start where to begin looking; runtimes side by side begin at different places. */
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

/** Whether nothing listens on the port, on either loopback address: a server may choose one or both. */
export async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, "127.0.0.1")) && (await canListen(port, "::1"));
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      // A machine without IPv6 has no ::1 that could be in use.
      resolve(error.code === "EADDRNOTAVAIL" || error.code === "EAFNOSUPPORT");
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
