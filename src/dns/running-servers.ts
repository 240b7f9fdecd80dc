import { createDnsServer, type DnsServer, isSameHost, type ListenOptions } from "./server.ts";
import type { AnswerMessage } from "./udp-server.ts";

/** The servers of one DNS that listen now. */
export class RunningServers {
  readonly #servers = new Set<DnsServer>();
  /** Called with the addresses whenever a server begins or ends. */
  onChange: (hosts: readonly string[]) => void = () => {};

  get hosts(): readonly string[] {
    return [...this.#servers].map(({ host }) => host);
  }

  /** Whether one of them is reached at this address: an upstream there would ask itself. */
  isAt(host: string, port: number): boolean {
    return [...this.#servers].some(
      (server) => server.port === port && isSameHost(server.host, host),
    );
  }

  /** @throws InvalidListenAddressError; the error of binding, such as EADDRINUSE or EACCES. */
  async start(answer: AnswerMessage, options: ListenOptions): Promise<DnsServer> {
    const server = await createDnsServer(answer, options);
    const close = async () => {
      this.#servers.delete(tracked);
      this.onChange(this.hosts);
      await server.close();
    };
    const tracked = { ...server, close, [Symbol.asyncDispose]: close };
    this.#servers.add(tracked);
    this.onChange(this.hosts);
    return tracked;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#servers].map((server) => server.close()));
  }
}
