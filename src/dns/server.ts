import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { type Binder, systemBinder } from "../net/binder.ts";
import { DnsOptionError } from "./options.ts";
import { createTcpServer, type TcpLimits } from "./tcp-server.ts";
import { type AnswerMessage, type BoundServer, createUdpServer } from "./udp-server.ts";

export interface ListenOptions {
  /** `127.0.0.1:5353`, `[::1]:53`, `0.0.0.0:0`; port 0 takes any free one. Default `127.0.0.1:0`. */
  readonly listen?: string;
  /** Everything that goes wrong while serving; the server keeps running. */
  readonly onError?: (error: Error) => void;
  readonly tcpLimits?: Partial<TcpLimits>;
  /** Where sockets are bound. Default: on this machine. */
  readonly binder?: Binder;
}

/** A server over UDP and TCP on one address and port. */
export interface DnsServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly address: { readonly host: string; readonly port: number };
  close(): Promise<void>;
}

/** Ports tried until one is free for both UDP and TCP. */
const ATTEMPTS = 20;

/**
 * @throws DnsOptionError for an address that is none; the error of binding, such as EADDRINUSE or EACCES.
 */
export async function createDnsServer(
  answer: AnswerMessage,
  options: ListenOptions,
): Promise<DnsServer> {
  const { host, port } = parseListen(options.listen ?? "127.0.0.1:0");
  const { onError = () => {}, tcpLimits = {}, binder = systemBinder } = options;
  const accepts = acceptsFor(host);
  for (let attempt = 1; ; attempt++) {
    const udp = await createUdpServer({ host, port, answer, accepts, onError, binder });
    try {
      const limits = tcpLimits;
      const at = { host, port: udp.address.port };
      const tcp = await createTcpServer({ ...at, answer, accepts, onError, limits, binder });
      return both(udp, tcp);
    } catch (error) {
      await udp.close();
      const taken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
      if (port !== 0 || !taken || attempt === ATTEMPTS) throw error;
    }
  }
}

function both(udp: BoundServer, tcp: BoundServer): DnsServer {
  const close = async () => {
    await Promise.all([udp.close(), tcp.close()]);
  };
  const { address } = udp;
  return { ...address, address, close, [Symbol.asyncDispose]: close };
}

/** @throws DnsOptionError */
export function parseListen(listen: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(listen);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2] ?? "";
  if (match === null || port > 65535) {
    const problem = `"${listen}" is no address and port, as in 127.0.0.1:10053 or [::1]:10053`;
    throw new DnsOptionError("listen", listen, problem);
  }
  return { host: host === "" ? "127.0.0.1" : host, port };
}

/**
 * Who may be answered. A server on a loopback address answers this machine only, whatever a router or a
 * forged source address may bring: it can't be used to amplify traffic to others.
 */
function acceptsFor(host: string): (address: string) => boolean {
  if (!isLoopback(host)) return () => true;
  return (address) => isLoopback(address) || isOwn(address);
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1" || address === "localhost";
}

function isOwn(address: string): boolean {
  const plain = isIPv6(address) && address.startsWith("::ffff:") ? address.slice(7) : address;
  return Object.values(networkInterfaces()).some((list) => list?.some((i) => i.address === plain));
}

/** Whether a server that listens here is reached at this address. */
export function isSameHost(listening: string, host: string): boolean {
  if (listening === host) return true;
  const any = listening === "0.0.0.0" || listening === "::";
  return any && (isLoopback(host) || isOwn(host));
}
