import type { Server } from "node:net";
import tls from "node:tls";
import type { KeyPair } from "../../certificates/authority.ts";
import { compareHosts, hostPattern, matchesHost } from "../../routes/host-pattern.ts";
import type { PlannedListener } from "../../routes/translate.ts";
import { gatewayClient, remoteOf } from "../gateway-client.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { HttpServing } from "../http-serving.ts";
import { AcceptedConnections, acceptConnections } from "../transport/accept.ts";
import { type Connection, NOBODY, type Receiver } from "../transport/connection.ts";
import { SocketConnection } from "../transport/socket-connection.ts";
import { tunnel } from "../tunnel.ts";
import { chooseListener } from "./choose-listener.ts";
import { helloLength, readClientHello } from "./client-hello.ts";
import type { CurrentListeners } from "./listener-rules.ts";
import type { StreamTargets } from "./stream-target.ts";

/** Certificates whose parsed keys are cached; clients can make up any number of names. */
const MAX_CERTIFICATES = 1_000;

/** The name for clients that ask for none, where the system doesn't report the address that they connected to. */
const NAMELESS = "localhost";

export interface TlsListenerOptions {
  readonly current: CurrentListeners;
  /** Serves connections that are passed through, and those whose listener isn't known yet. */
  readonly context: GatewayContext;
  /** Serves requests to the listener of that name. */
  readonly contextFor: (listener: string) => GatewayContext;
  readonly targets: StreamTargets;
  /** Makes a certificate for a name that no certificate of the listener covers. */
  readonly certificateFor: (serverName: string) => Promise<KeyPair>;
}

/** Terminates TLS for one listener. */
interface Terminator {
  /** The listener that it was made from, to notice changes. */
  readonly made: PlannedListener["listener"];
  readonly http: HttpServing | undefined;
  /** One TLS server for each certificate in use. */
  readonly servers: Map<string, tls.Server>;
}

/**
 * TLS on one port: the server name that a client asks for selects the listener, which terminates TLS or passes it
 * through.
 */
export class TlsListener {
  readonly #options: TlsListenerOptions;
  readonly #context: GatewayContext;
  readonly #clients = new AcceptedConnections();
  /** By the listener's name. */
  readonly #terminators = new Map<string, Terminator>();

  constructor(options: TlsListenerOptions) {
    this.#options = options;
    this.#context = options.context;
  }

  accept(server: Server): void {
    acceptConnections(server, {
      clients: this.#clients,
      onError: this.#context.onError,
      onConnection: (client) => this.#greet(client),
    });
  }

  #greet(client: Connection): void {
    const { headTime } = this.#context.limits;
    const timer = headTime > 0 ? setTimeout(() => client.close(), headTime) : undefined;
    let parts: Buffer[] = [];
    let length = 0;
    let wanted = 0;
    const receiver: Receiver = {
      received: (bytes, size) => {
        // The buffer is reused after this call.
        parts.push(Buffer.from(bytes.subarray(0, size)));
        length += size;
        if (length < wanted) return;
        const input = Buffer.concat(parts);
        const hello = readClientHello(input);
        if (hello === undefined) {
          parts = [input];
          wanted = helloLength(input);
          return;
        }
        clearTimeout(timer);
        client.receiver = NOBODY;
        client.pause();
        if (hello === "none") client.close();
        else this.#serve(client, input, hello.serverName);
      },
      ended: () => client.close(),
      drained() {},
      closed: () => clearTimeout(timer),
    };
    client.receiver = receiver;
    client.resume();
  }

  #serve(client: Connection, hello: Buffer, serverName: string | undefined): void {
    const chosen = chooseListener(this.#options.current(), serverName);
    if (chosen === undefined) {
      client.reset();
    } else if (chosen.listener.spec.tls?.mode === "Passthrough") {
      this.#passOn(client, chosen, serverName, hello);
    } else {
      const terminator = this.#terminatorOf(chosen);
      // Clients that ask for no server name get the certificate for the address that they connected to.
      const name = () => serverName ?? client.local?.address ?? NAMELESS;
      const pair = certificateOf(chosen.listener, serverName);
      Promise.resolve(pair ?? this.#options.certificateFor(name()))
        .then((each) => {
          const server = this.#serverOf(terminator, chosen, each);
          if (!client.isWritable) return;
          const socket = client.toSocket(hello);
          socket.on("error", this.#context.onError);
          server.emit("connection", socket);
        })
        .catch((error: Error) => {
          this.#context.onError(error);
          client.reset();
        });
    }
  }

  #passOn(
    client: Connection,
    { streams }: PlannedListener,
    serverName: string | undefined,
    ahead: Buffer | undefined,
  ): void {
    const { targets } = this.#options;
    const rules = streams
      .filter(({ host }) => serverName === undefined || matchesHost(host, serverName))
      .sort((a, b) => compareHosts(a.host, b.host));
    const port = targets.next(rules[0]?.rule, "TCP");
    if (port === undefined) {
      client.reset();
      return;
    }
    const address = remoteOf(client);
    tunnel(client, client, this.#context, {
      route: { port },
      client: gatewayClient(address, this.#context),
      about: { kind: "connection", protocol: "TLS", client: address, host: serverName ?? "" },
      ready: (upstream) => void (ahead && upstream.write(ahead)),
      refused: () => client.reset(),
      onTraffic: this.#context.onTraffic,
      idleTime: this.#context.limits.streamIdleTime,
    });
  }

  /** Replaced when the listener's certificates change; open connections are kept. */
  #terminatorOf({ listener }: PlannedListener): Terminator {
    const { name, protocol } = listener.spec;
    const known = this.#terminators.get(name);
    if (known !== undefined && isAlike(known.made, listener)) return known;
    const http =
      protocol === "HTTPS"
        ? (known?.http ?? new HttpServing(this.#options.contextFor(name)))
        : undefined;
    const terminator = { made: listener, http, servers: new Map() };
    this.#terminators.set(name, terminator);
    return terminator;
  }

  /**
   * A TLS server for one certificate. The server name was read from the hello before: a certificate callback of
   * Node's server would interrupt each handshake to run JavaScript.
   */
  #serverOf({ servers, http }: Terminator, planned: PlannedListener, pair: KeyPair): tls.Server {
    const known = servers.get(pair.cert);
    if (known !== undefined) return known;
    const { clients } = planned.listener;
    const server = tls.createServer({
      cert: pair.cert,
      key: pair.key,
      ...(http && { ALPNProtocols: ["h2", "http/1.1"] }),
      ...(clients && { ca: [...clients.ca] }),
      requestCert: clients !== undefined,
      rejectUnauthorized: clients?.isOptional === false,
      handshakeTimeout: this.#context.limits.headTime || 120_000,
    });
    server.on("tlsClientError", (error, socket) => {
      this.#context.onError(error);
      // Node leaves it open, also one whose handshake took too long: a client that is gone would stay for ever.
      socket.destroy();
    });
    server.on("secureConnection", (socket: tls.TLSSocket) => {
      let gone = () => {};
      const connection = new SocketConnection(socket, (_connection, error) => {
        gone();
        if (error !== undefined) this.#context.onError(error);
      });
      if (http !== undefined) {
        gone = http.take(connection);
        return;
      }
      const { servername } = socket as { servername?: string | false };
      const now = chooseListener(this.#options.current(), servername || undefined) ?? planned;
      this.#passOn(connection, now, servername || undefined, undefined);
    });
    if (servers.size >= MAX_CERTIFICATES) servers.clear();
    servers.set(pair.cert, server);
    return server;
  }

  async close(grace: number): Promise<void> {
    const timer = setTimeout(() => this.#clients.closeAll(), grace);
    const http = [...this.#terminators.values()].map((each) => each.http?.close(grace));
    await Promise.all([...http, this.#clients.none()]);
    clearTimeout(timer);
  }
}

/**
 * The listener's certificate for a server name; undefined where one has to be made. A Gateway's listener uses only
 * the certificates that it names; those of Ingresses are used for any host.
 */
function certificateOf(
  { certificates, spec }: PlannedListener["listener"],
  serverName: string | undefined,
): KeyPair | undefined {
  if (serverName === undefined) return certificates[0];
  const host = serverName.toLowerCase();
  const own = certificates.find(({ names }) => names.some((name) => isFor(name, host)));
  return own ?? (spec.tls === undefined ? undefined : certificates[0]);
}

/** A wildcard covers exactly one label (RFC 6125 section 6.4.3). */
function isFor(name: string, host: string): boolean {
  return matchesHost(hostPattern(name, "one-label"), host);
}

function isAlike(a: PlannedListener["listener"], b: PlannedListener["listener"]): boolean {
  const facts = ({ certificates, clients, spec }: PlannedListener["listener"]) =>
    JSON.stringify([certificates, clients, spec.protocol]);
  return a === b || facts(a) === facts(b);
}
