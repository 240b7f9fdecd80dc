import { connect as netConnect, type Socket, type TcpNetConnectOpts } from "node:net";
import { type ConnectionOptions, connect as tlsConnect } from "node:tls";
import { balanceDispatch, type DispatcherLike } from "./balance-dispatch.ts";
import type { ChosenEndpoint } from "./choice.ts";
import { CHOICE, type ConnectOptions } from "./open-socket.ts";
import { openWith } from "./service-agent.ts";
import type { ServiceView } from "./service-view.ts";

/** The used part of undici: the module itself, or any object with its Agent. */
export interface UndiciLike<D> {
  readonly Agent: new (options?: never) => D;
}

/** How a dispatcher connects. */
export interface DispatcherOptions {
  /** For TLS connections: `ca`, `cert`, `key`, `rejectUnauthorized`, … */
  readonly tls?: ConnectionOptions;
  /** Milliseconds for one connection. Default: 10,000. */
  readonly connectTimeout?: number;
  /** More options for undici's Agent, `connections` and `pipelining` for example. */
  readonly [agentOption: string]: unknown;
}

/** The only access to Node's own undici. */
const GLOBAL_DISPATCHER = Symbol.for("undici.globalDispatcher.1");

/**
 * The Agent class of Node's own undici.
 * @throws TypeError when the program has replaced the dispatcher by one that is no Agent.
 */
export function builtInUndici(): UndiciLike<unknown> {
  // Any of its globals loads it.
  void globalThis.Headers;
  const agent: unknown = Reflect.get(globalThis, GLOBAL_DISPATCHER);
  const Agent = (agent as { constructor?: { name: string } } | undefined)?.constructor;
  if (Agent?.name !== "Agent") {
    throw new TypeError(
      "the global dispatcher is not the one that Node set up: pass undici, engine.dispatcher(undici)",
    );
  }
  return { Agent } as unknown as UndiciLike<unknown>;
}

export function createDispatcher<D>(
  view: ServiceView,
  undici: UndiciLike<D>,
  { tls = {}, connectTimeout = 10_000, ...options }: DispatcherOptions = {},
): D {
  // Options differ between versions, so all except our own are passed on unchanged.
  const Agent = undici.Agent as unknown as new (options: object) => D;
  const connector = (choice?: ChosenEndpoint) => createConnector(view, tls, connectTimeout, choice);
  const agent = new Agent({ ...options, connect: connector() });
  balanceDispatch(
    agent as DispatcherLike,
    (host, port) => {
      const destination = view.destinations.find(host, port);
      return destination && { view, destination };
    },
    (choice) => new Agent({ ...options, connect: connector(choice) }) as DispatcherLike,
  );
  return agent;
}

/** The arguments with which undici calls its connector. */
interface ConnectRequest {
  readonly hostname: string;
  readonly protocol: string;
  readonly port: string;
  readonly servername?: string | null;
}

type Connected = (error: Error | null, socket: Socket | null) => void;

function createConnector(
  view: ServiceView,
  tls: ConnectionOptions,
  timeout: number,
  choice: ChosenEndpoint | undefined,
) {
  return ({ hostname, protocol, port, servername }: ConnectRequest, done: Connected): Socket => {
    const host = hostname.replace(/^\[|\]$/g, "");
    const secure = protocol === "https:";
    const asked: ConnectOptions = {
      host,
      port: Number(port) || (secure ? 443 : 80),
      ...(choice && { [CHOICE]: choice }),
    };
    const create = (to: TcpNetConnectOpts) =>
      secure
        ? tlsConnect({
            ALPNProtocols: ["http/1.1"],
            servername: servername || host,
            ...tls,
            ...(to as ConnectionOptions),
          })
        : netConnect({ ...to, noDelay: true });
    const destination = view.destinations.find(host, asked.port as number);
    const socket: Socket =
      destination === undefined
        ? create(asked as TcpNetConnectOpts)
        : openWith(view, destination, asked, create);
    const timer = setTimeout(
      () => socket.destroy(new Error(`no connection within ${timeout} ms`)),
      timeout,
    );
    const failed = (error: Error) => {
      clearTimeout(timer);
      done(error, null);
    };
    socket.setKeepAlive(true, 60_000);
    socket.once("error", failed);
    socket.once(secure ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      socket.off("error", failed);
      done(null, socket);
    });
    return socket;
  };
}
