import { networkInterfaces } from "node:os";
import { type Binder, systemBinder } from "../net/binder.ts";
import { parseListenAddress } from "../net/listen-address.ts";
import { isLoopback } from "../net/loopback.ts";
import { peerAddress } from "../net/peer-address.ts";
import { createTcpServer, type TcpLimits } from "./tcp-server.ts";
import { type AnswerMessage, type BoundServer, createUdpServer } from "./udp-server.ts";

/** Where a DNS server listens, and its limits. */
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
  /** Stops listening. */
  close(): Promise<void>;
}

/** Ports tried until one is free for both UDP and TCP. */
const ATTEMPTS = 20;

/**
 * @throws InvalidListenAddressError; the error of binding, such as EADDRINUSE or EACCES.
 */
export async function createDnsServer(
  answer: AnswerMessage,
  options: ListenOptions,
): Promise<DnsServer> {
  const { host, port } = parseListenAddress(options.listen ?? "127.0.0.1:0");
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

/**
 * Which clients may be answered. A server on a loopback address answers this machine only, whatever a router or a
 * forged source address may bring: it can't be used to amplify traffic to others.
 */
export function acceptsFor(host: string): (address: string) => boolean {
  if (!isLoopback(host)) return () => true;
  return (address) => isLoopback(address) || isOwn(address);
}

function isOwn(address: string): boolean {
  const plain = peerAddress(address);
  return Object.values(networkInterfaces()).some((list) => list?.some((i) => i.address === plain));
}

/** Whether a server that listens here is reached at this address. */
export function isSameHost(listening: string, host: string): boolean {
  const reached = peerAddress(host);
  if (listening === reached) return true;
  // Connecting to the unspecified address reaches this machine.
  if (isUnspecified(reached)) return isUnspecified(listening) || isLoopback(listening);
  return isUnspecified(listening) && (isLoopback(reached) || isOwn(reached));
}

function isUnspecified(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}
