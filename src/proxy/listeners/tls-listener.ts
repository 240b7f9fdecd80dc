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

/** Certificates whose keys are kept read; names that clients make up are many. */
const MAX_CONTEXTS = 1_000;

/**
 * The server that is meant by clients which name none, where the system does not say at which address they asked.
 */
const NAMELESS = "localhost";

export interface TlsListenerOptions {
  readonly current: CurrentListeners;
  /** For connections that are passed on, and until it is known which listener one is for. */
  readonly context: GatewayContext;
  /** For requests to the listener of a name. */
  readonly contextFor: (listener: string) => GatewayContext;
  readonly targets: StreamTargets;
  /** A certificate for a name that no certificate of the listener is for. */
  readonly certificateFor: (serverName: string) => Promise<KeyPair>;
}

/** What terminates TLS for one listener. */
interface Terminator {
  /** What it was made of. */
  readonly made: PlannedListener["listener"];
  readonly server: tls.Server;
  readonly http: HttpServing | undefined;
}

/**
 * TLS at one port: the name that a client asks for says which listener it is for. That one terminates TLS, or
 * passes it on as it is.
 */
export class TlsListener {
  readonly #options: TlsListenerOptions;
  readonly #context: GatewayContext;
  readonly #clients = new AcceptedConnections();
  /** By the name of the listener. */
  readonly #terminators = new Map<string, Terminator>();

  constructor(options: TlsListenerOptions) {
    this.#options = options;
    this.#context = options.context;
  }

  accept(server: Server): void {
    acceptConnections(server, {
      clients: this.#clients,
      keepAlive: true,
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
        // The memory is the reader's.
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
      const address = client.local?.address ?? NAMELESS;
      const socket = client.toSocket(hello);
      socket.on("error", this.#context.onError);
      const greet = () => void terminator.server.emit("connection", socket);
      if (serverName !== undefined || chosen.listener.certificates.length > 0) greet();
      else this.#forNameless(terminator, address).then(greet, (error) => socket.destroy(error));
    }
  }

  /** Clients that name no server get the certificate of the address that they asked at. */
  async #forNameless({ server, made }: Terminator, address: string): Promise<void> {
    const { cert, key } = await this.#options.certificateFor(address);
    server.setSecureContext({ cert, key, ...authoritiesFor(made) });
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
    tunnel(client, this.#context, {
      route: { port },
      client: gatewayClient(address, this.#context),
      about: { kind: "connection", protocol: "TLS", client: address, host: serverName ?? "" },
      ready: (upstream) => void (ahead && upstream.write(ahead)),
      refused: () => client.reset(),
      onTraffic: this.#context.onTraffic,
      idleTime: this.#context.limits.streamIdleTime,
    });
  }

  /** Made anew when the listener's certificates change; connections that there are go on. */
  #terminatorOf(planned: PlannedListener): Terminator {
    const { listener } = planned;
    const { name } = listener.spec;
    const known = this.#terminators.get(name);
    if (known !== undefined && isAlike(known.made, listener)) return known;
    const { current, contextFor } = this.#options;
    const isHttp = listener.spec.protocol === "HTTPS";
    const http = isHttp ? (known?.http ?? new HttpServing(contextFor(name))) : undefined;
    const contexts = new Map<string, tls.SecureContext>();
    const server = tls.createServer({
      ...(isHttp && { ALPNProtocols: ["h2", "http/1.1"] }),
      requestCert: listener.clients !== undefined,
      rejectUnauthorized: listener.clients?.isOptional === false,
      SNICallback: (serverName, callback) => {
        this.#secureContext(listener, serverName, contexts).then(
          (context) => callback(null, context),
          (error: Error) => callback(error),
        );
      },
      ...this.#standard(listener),
      handshakeTimeout: this.#context.limits.headTime || 120_000,
    });
    server.on("tlsClientError", this.#context.onError);
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
      const now = chooseListener(current(), servername || undefined) ?? planned;
      this.#passOn(connection, now, servername || undefined, undefined);
    });
    const terminator = { made: listener, server, http };
    this.#terminators.set(name, terminator);
    return terminator;
  }

  /** For clients that name nobody. */
  #standard({ certificates, clients }: PlannedListener["listener"]): tls.SecureContextOptions {
    const [first] = certificates;
    const ca = authoritiesFor({ clients });
    return first === undefined ? { ...ca } : { cert: first.cert, key: first.key, ...ca };
  }

  async #secureContext(
    { certificates, clients, spec }: PlannedListener["listener"],
    serverName: string,
    contexts: Map<string, tls.SecureContext>,
  ): Promise<tls.SecureContext> {
    const host = serverName.toLowerCase();
    const own = certificates.find(({ names }) => names.some((name) => isFor(name, host)));
    // A Gateway's listener has the certificates that it names and no other; Ingresses are for any host.
    const other = spec.tls === undefined ? undefined : certificates[0];
    const pair = own ?? other ?? (await this.#options.certificateFor(host));
    // Reading keys takes as long as a handshake.
    const known = contexts.get(pair.cert);
    if (known !== undefined) return known;
    const context = tls.createSecureContext({
      cert: pair.cert,
      key: pair.key,
      ...(clients && { ca: [...clients.ca] }),
    });
    if (contexts.size >= MAX_CONTEXTS) contexts.clear();
    contexts.set(pair.cert, context);
    return context;
  }

  async close(grace: number): Promise<void> {
    const timer = setTimeout(() => this.#clients.closeAll(), grace);
    const http = [...this.#terminators.values()].map((each) => each.http?.close(grace));
    await Promise.all([...http, this.#clients.none()]);
    clearTimeout(timer);
  }
}

function authoritiesFor({ clients }: Pick<PlannedListener["listener"], "clients">) {
  return clients && { ca: [...clients.ca] };
}

/** A certificate's wildcard stands for one label (RFC 6125 section 6.4.3). */
function isFor(name: string, host: string): boolean {
  return matchesHost(hostPattern(name, "one-label"), host);
}

function isAlike(a: PlannedListener["listener"], b: PlannedListener["listener"]): boolean {
  const facts = ({ certificates, clients, spec }: PlannedListener["listener"]) =>
    JSON.stringify([certificates, clients, spec.protocol]);
  return a === b || facts(a) === facts(b);
}
