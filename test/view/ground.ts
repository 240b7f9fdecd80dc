import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { serveControl } from "../../src/control/server.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { EngineOptions } from "../../src/engine/options.ts";
import { hostPort } from "../../src/net/host-port.ts";
import type { EndpointSlice } from "../../src/objects/endpoint-slice.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { type Pod, podIPs } from "../../src/objects/pod.ts";
import { acceptOf } from "../proxy/websockets.ts";

/** Ports that every pod listens at, whether or not somebody declares them. */
const EVERY_POD = [80, 81, 5432, 7000, 8080, 9090];

/** An engine that serves worlds on real sockets; each endpoint is a server that says as what it was dialled. */
export interface Ground extends AsyncDisposable {
  readonly engine: Engine;
  /** The gateway's port. */
  readonly gateway: number;
  /** The DNS server's. */
  readonly dns: number;
  /** What other processes find it by. */
  readonly sockets: string;
  /** A program that is asked line by line; it runs until the ground goes. */
  program(name: string, command: readonly string[], env?: NodeJS.ProcessEnv): Program;
}

/** A process that is told a host and a port, and answers with what the server there said. */
export class Program {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor([program = "", ...args]: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
    this.#process = spawn(program, args, { cwd, env, stdio: ["pipe", "pipe", "inherit"] });
    const output = createInterface({ input: this.#process.stdout as NodeJS.ReadableStream });
    this.#lines = output[Symbol.asyncIterator]();
  }

  async ask(host: string, port: number, over?: "UDP"): Promise<string | undefined> {
    this.#process.stdin?.write(`${JSON.stringify({ host, port, over })}\n`);
    const { done, value } = await this.#lines.next();
    if (done) throw new Error(`the program ended when it was asked for ${hostPort(host, port)}`);
    return JSON.parse(value) ?? undefined;
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.stdin?.end();
    await ended;
  }
}

/**
 * The field by which a pod of the ground is known. Addresses of no Service are left to the machine's network, and
 * there are networks in which something answers at every address.
 */
export const POD_FIELD = "x-pod-of-the-ground";

/** After so many milliseconds without an answer to a datagram nobody gives one. */
const UDP_WAIT = 2_000;

/** Sends one datagram. @returns what the pod says that answers; undefined when none does */
export const ASK_UDP = `async ({ createSocket }, { host, port }) => {
  const socket = createSocket("udp4");
  const answer = await new Promise((resolve) => {
    const timer = setTimeout(resolve, ${UDP_WAIT});
    const done = (text) => { clearTimeout(timer); resolve(text); };
    socket.on("error", () => done());
    socket.on("message", (text) => done(String(text)));
    socket.connect(port, host, (error) => error ? done() : socket.send("?"));
  });
  socket.close();
  const [field, place] = answer?.split(" ") ?? [];
  return field === "${POD_FIELD}" ? place : undefined;
}`;

/** What such a process runs: a plain client that knows nothing of what answers, but for {@link POD_FIELD}. */
export const ASKER = `
  import dgram from "node:dgram";
  import { get } from "node:http";
  import { createInterface } from "node:readline";
  const askUdp = ${ASK_UDP};
  const askTcp = ({ host, port }) => new Promise((resolve) => {
    const call = get({ host, port, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk) => (body += chunk));
      const isPod = response.headers["${POD_FIELD}"] !== undefined;
      response.on("end", () => resolve(isPod ? body : null)).on("error", () => resolve(null));
    });
    call.on("error", () => resolve(null));
  });
  for await (const line of createInterface({ input: process.stdin })) {
    const question = JSON.parse(line);
    const answer = question.over === "UDP" ? askUdp(dgram, question) : askTcp(question);
    console.log(JSON.stringify((await answer) ?? null));
  }
`;

/** @param packaged the built package, for programs of their own */
export async function startGround(
  objects: readonly KubernetesObject[],
  options: EngineOptions,
  packaged?: string,
): Promise<Ground> {
  const places = new Map<string, number>();
  const closing: (() => Promise<unknown>)[] = [];
  const engine = createEngine({
    ...options,
    localAddressOf(address, port) {
      const local = places.get(hostPort(address, port));
      return local === undefined ? undefined : { host: "127.0.0.1", port: local };
    },
  });
  closing.push(() => engine.close({ grace: 0 }));
  engine.store.apply(objects.map((object) => ({ op: "put", object })));
  for (const place of placesOf(engine)) {
    const pod = await startPod(place);
    places.set(place, pod.port);
    closing.push(pod.close);
  }
  const { gateway, dns } = await engine.listen({
    gateway: { listen: "127.0.0.1:0" },
    dns: { listen: "127.0.0.1:0", view: "local" },
    services: true,
    nodePorts: true,
  });
  const folder = mkdtempSync(join(tmpdir(), "kubelane-ground-"));
  closing.unshift(async () => rmSync(folder, { recursive: true, force: true }));
  const sockets = join(folder, "run");
  const { clusterDomain } = engine;
  const { standpoint } = engine.view;
  const info = { version: "0", pid: process.pid, folder, clusterDomain, standpoint };
  const localAddressOf = (address: string, port: number) => engine.localAddressOf(address, port);
  const control = await serveControl(
    { store: engine.store, info: () => info, localAddressOf },
    sockets,
  );
  closing.push(() => control.close());
  return {
    engine,
    gateway: gateway?.port ?? 0,
    dns: dns?.port ?? 0,
    sockets,
    program(name, command, env = {}) {
      // Where `kubelane/register` is found by its name.
      const home = packaged ?? folder;
      const script = join(home, `${name}.mjs`);
      writeFileSync(script, ASKER);
      const program = new Program([...command, script], home, {
        ...process.env,
        NODE_OPTIONS: "",
        KUBELANE: "",
        KUBELANE_FOLDER: folder,
        KUBELANE_RUNTIME_DIR: sockets,
        ...env,
      });
      closing.push(() => program.end());
      return program;
    },
    async [Symbol.asyncDispose]() {
      for (const close of closing.reverse()) await close();
    },
  };
}

/** Something that says over TCP and UDP, and to who wants a WebSocket, as what it was dialled. */
async function startPod(place: string): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer((_, response) => {
    response.setHeader("connection", "close");
    response.setHeader(POD_FIELD, place);
    response.end(place);
  });
  server.on("upgrade", (request, socket) => {
    // Who asked is gone as soon as it knows who answered.
    socket.on("error", () => {});
    const accept = acceptOf(String(request.headers["sec-websocket-key"]));
    socket.end(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n${POD_FIELD}: ${place}\r\n\r\n`,
    );
  });
  for (;;) {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const datagrams = createSocket("udp4");
    datagrams.on("message", (_, { port: from, address }) =>
      datagrams.send(`${POD_FIELD} ${place}`, from, address),
    );
    datagrams.bind(port, "127.0.0.1");
    try {
      await once(datagrams, "listening");
    } catch {
      // The same number is somebody else's over UDP.
      await new Promise((resolve) => server.close(resolve));
      continue;
    }
    const close = async () => {
      datagrams.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    return { port, close };
  }
}

/** Where something listens in a world: at all ports of slices, and some more of pods. */
function placesOf({ store }: Engine): ReadonlySet<string> {
  const places = new Set<string>();
  const add = (address: string, ports: readonly number[]) => {
    for (const port of ports) if (port > 0) places.add(hostPort(address, port));
  };
  const slices = store.list("EndpointSlice.discovery.k8s.io") as readonly EndpointSlice[];
  for (const { endpoints, ports } of slices) {
    const numbers = (ports ?? []).map(({ port = 0 }) => port);
    for (const { addresses } of endpoints) {
      for (const address of addresses) add(address, [...numbers, ...EVERY_POD]);
    }
  }
  for (const pod of store.list("Pod") as readonly Pod[]) {
    for (const address of podIPs(pod)) add(address, EVERY_POD);
  }
  return places;
}
