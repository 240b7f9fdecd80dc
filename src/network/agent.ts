/**
 * The program inside the namespace: it opens sockets there and passes them out, starts the command, and ends
 * with it. When the process outside is gone, it ends too, and with it everything in the namespace.
 *
 * It imports nothing but Node's own: every millisecond of its start is waited for.
 */
import { type ChildProcess, execFile, type SendHandle, spawn } from "node:child_process";
import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { readdirSync, readlinkSync, statSync } from "node:fs";
import { connect, createServer, isIPv6, type Server } from "node:net";
import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import type { Order, Report, ReportedError, SocketOrder } from "./agent-orders.ts";

/** Milliseconds within which a signal that reached the process outside reaches this one, if a terminal sent it. */
const SAME_SIGNAL = 50;

/** Milliseconds between looks whether the process outside is still there. */
const LOOK = 100;

/** Read as a whole, so that no program of the script takes the rest of it for its input. */
const FROM_INPUT = 'eval "$(cat)"';

/** What this process itself says goes elsewhere. */
const USER_STDERR = 5;

/** Milliseconds that processes of pods get to end after SIGKILL, and between looks whether they have. */
const LAST_WAIT = 5_000;
const LAST_LOOK = 20;

let command: ChildProcess | undefined;
/** The network namespaces of pods, as the links in /proc name them. */
const pods = new Map<string, string>();
/** Makes a TCP handle; Node exports no constructor for one. */
let Tcp: (new (type: number) => TcpHandle) | undefined;
/** What the type of a handle is called in Node that connects, or may listen later. */
const CONNECTING = 0;
/** How often each signal came by itself, and how often it was passed on. */
const received = new Map<NodeJS.Signals, number>();
const passedOn = new Map<NodeJS.Signals, number>();

const tell = (report: Report) => send(report, undefined, () => {});

process.on("disconnect", leave);
// With a socket on its way to a process that is gone, Node says nothing, and would wait for ever.
setInterval(() => {
  if (!process.connected) leave();
}, LOOK).unref();
process.on("message", (order: Order) => {
  switch (order.type) {
    case "set-up":
      return setUp(order.script);
    case "open":
      return void openAll(order.sockets);
    case "run":
      return run(order);
    case "signal":
      return passOn(order.signal);
    case "connect":
      return connectFor(order);
    case "dialers":
      return void makeDialers(order);
    case "guard":
      return void pods.set(order.file, `net:[${statSync(order.file).ino}]`);
    case "unguard":
      return void pods.delete(order.file);
  }
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) {
  process.on(signal, () => received.set(signal, (received.get(signal) ?? 0) + 1));
}
tell({ type: "up" });

/** Without anybody to tell there is nothing left to do. */
function send(report: Report, handle: SendHandle | undefined, sent: () => void): void {
  process.send?.(report, handle, undefined, (error: Error | null) => {
    if (error === null) sent();
    else leave();
  });
}

/**
 * The process outside is gone. Pods are its children, not this one's: their processes are found by the network
 * namespace that they are in.
 */
function leave(): void {
  const deadline = Date.now() + LAST_WAIT;
  for (let left = killPods(); left > 0 && Date.now() < deadline; left = killPods()) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_LOOK);
  }
  process.exit(1);
}

/** @returns how many processes were still there. */
function killPods(): number {
  if (pods.size === 0) return 0;
  const networks = new Set(pods.values());
  let found = 0;
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    try {
      if (!networks.has(readlinkSync(`/proc/${entry}/ns/net`))) continue;
      process.kill(Number(entry), "SIGKILL");
      found++;
    } catch {
      // It has ended, or it is none of ours.
    }
  }
  return found;
}

function setUp(script: string): void {
  const done = (error: Error | null, _stdout = "", stderr = "") =>
    tell({ type: "set-up", ...(error !== null && { error: stderr.trim() || error.message }) });
  try {
    // As its input: an argument has a limit, which a thousand routes are beyond.
    const { stdin } = execFile("sh", ["-ec", FROM_INPUT, "sh"], { maxBuffer: 2 ** 24 }, done);
    stdin?.on("error", () => {}).end(script);
  } catch (error) {
    done(error as Error);
  }
}

/** One after another: what passes them on takes the next only when the last has arrived. */
async function openAll(orders: readonly SocketOrder[]): Promise<void> {
  for (const order of orders) {
    const error = await (order.protocol === "UDP" ? passDatagrams(order) : passServer(order));
    if (error !== undefined) tell({ type: "socket", id: order.id, error: reported(error) });
  }
}

/**
 * Passes a socket that is bound and does not listen yet: it may wait here for its turn, and who connected meanwhile
 * would be accepted by this process, which answers nobody.
 */
async function passServer({ id, host, port }: SocketOrder): Promise<Error | undefined> {
  const handle = await boundHandle(host, port);
  if (typeof handle === "number") {
    const code = getSystemErrorName(handle);
    return Object.assign(new Error(`bind ${code} ${host}:${port}`), { code });
  }
  return new Promise((resolve) => {
    send({ type: "socket", id }, handle as unknown as SendHandle, () => {
      handle.close();
      resolve(undefined);
    });
  });
}

/**
 * A TCP socket that is bound, and neither listens nor is connected: only what is bound has a descriptor, and only what
 * has one can be passed.
 * @returns or the negative number of the error
 */
async function boundHandle(host: string, port: number): Promise<TcpHandle | number> {
  Tcp ??= await tcpConstructor();
  const handle = new Tcp(CONNECTING);
  const status = isIPv6(host) ? handle.bind6(host, port, 0) : handle.bind(host, port);
  // That somebody else has the address is told by listening only; what is not bound has no port.
  const place: { port?: number } = {};
  handle.getsockname(place);
  if (status === 0 && place.port) return handle;
  handle.close();
  return status || -constants.errno.EADDRINUSE;
}

function passDatagrams({ id, host, port }: SocketOrder): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    socket.once("error", resolve);
    socket.bind({ address: host, port, exclusive: true }, () => {
      send({ type: "socket", id }, rawHandle(socket), () => {
        socket.close();
        resolve(undefined);
      });
    });
  });
}

/**
 * The handle itself: passed as a socket it would arrive as one that looks up every address it sends to. The
 * public accessor warns on stderr.
 */
function rawHandle(socket: DatagramSocket): DatagramSocket {
  for (const symbol of Object.getOwnPropertySymbols(socket)) {
    const { handle } =
      (socket as unknown as Record<symbol, { handle?: object } | null>)[symbol] ?? {};
    if (handle !== undefined && "recvStart" in handle) return handle as unknown as DatagramSocket;
  }
  throw new Error("this Node's datagram sockets have no handle");
}

interface TcpHandle {
  /** @returns 0, or the negative number of an error */
  bind(address: string, port: number): number;
  bind6(address: string, port: number, flags: number): number;
  getsockname(into: { port?: number }): number;
  close(): void;
}

/**
 * Sockets that are not connected yet. Where a socket connects from is settled when it is made: the process
 * outside connects these by itself, and what it reaches is in here.
 */
async function makeDialers({ count, host }: Order & { type: "dialers" }): Promise<void> {
  for (let i = 0; i < count; i++) {
    const handle = await boundHandle(host, 0);
    if (typeof handle === "number") {
      const error = { code: "", message: `bind failed: ${handle}` };
      return tell({ type: "dialer", host, error });
    }
    send({ type: "dialer", host }, handle as unknown as SendHandle, () => handle.close());
  }
}

function tcpConstructor(): Promise<new (type: number) => TcpHandle> {
  return new Promise((resolve, reject) => {
    const server: Server = createServer();
    server.once("error", reject);
    server.listen(0, "0.0.0.0", () => {
      const handle = Reflect.get(server, "_handle") as object;
      server.close(() => resolve(handle.constructor as new (type: number) => TcpHandle));
    });
  });
}

function run({ command: words, cwd, env }: Order & { type: "run" }): void {
  const [file = "", ...args] = words;
  const child = spawn(file, args, { cwd, env, stdio: [0, 1, USER_STDERR] });
  command = child;
  child.once("error", (error) => {
    if (child.pid === undefined) tell({ type: "not-started", error: reported(error) });
  });
  child.once("exit", (code, signal) => {
    send({ type: "ended", code, signal }, undefined, () => process.exit(0));
  });
}

/**
 * A terminal sends its signals to all of us, the command included; anyone else to the process outside alone,
 * which passes them on. Sent twice, Ctrl-C would end what needs two of them to end.
 */
function passOn(signal: NodeJS.Signals): void {
  const count = (passedOn.get(signal) ?? 0) + 1;
  passedOn.set(signal, count);
  setTimeout(() => {
    if ((received.get(signal) ?? 0) >= count) return;
    received.set(signal, (received.get(signal) ?? 0) + 1);
    command?.kill(signal);
  }, SAME_SIGNAL);
}

function connectFor({ id, host, port }: Order & { type: "connect" }): void {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
  socket.pause();
  socket.once("error", (error) => tell({ type: "socket", id, error: reported(error) }));
  socket.once("connect", () => {
    socket.removeAllListeners("error").on("error", () => {});
    send({ type: "socket", id }, socket, () => {});
  });
}

function reported(error: NodeJS.ErrnoException): ReportedError {
  return { code: error.code ?? "", message: error.message };
}
