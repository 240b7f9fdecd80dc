/**
 * The handles below Node's sockets. They are not public API, but have been the same since Node 12; where something is
 * missing, connections use Node's streams instead.
 */
export interface TcpHandle {
  onread: () => Buffer | undefined;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
  useUserBuffer(buffer: Buffer): void;
  readStart(): number;
  readStop(): number;
  writeBuffer(request: WriteRequest, bytes: Buffer): number;
  writeLatin1String(request: WriteRequest, text: string): number;
  writev(request: WriteRequest, chunks: readonly unknown[], allBuffers: false): number;
  shutdown(request: ShutdownRequest): number;
  close(): void;
  reset(): number;
  setNoDelay(on: boolean): number;
  setKeepAlive(on: boolean, seconds: number): number;
  getpeername(into: object): number;
  getsockname(into: object): number;
  connect(request: ConnectRequest, address: string, port: number): number;
  connect6(request: ConnectRequest, address: string, port: number): number;
}

export interface WriteRequest {
  oncomplete: (this: WriteRequest, status: number) => void;
  /** Buffers that the system still reads from. */
  keeps?: unknown;
  of?: unknown;
}

export interface ShutdownRequest {
  oncomplete: (this: ShutdownRequest, status: number) => void;
}

export interface ConnectRequest {
  oncomplete: (this: ConnectRequest, status: number) => void;
}

export interface Handles {
  readonly WriteRequest: new () => WriteRequest;
  readonly ShutdownRequest: new () => ShutdownRequest;
  readonly ConnectRequest: new () => ConnectRequest;
  readonly createTcp: () => TcpHandle;
  /** Results of the last call on a handle: `[read]` and `[wasAsync]`. */
  readonly state: Int32Array;
  readonly read: number;
  readonly wasAsync: number;
}

/** @param on the handle that is checked for the methods needed here. */
export function findHandles(
  on: Pick<NodeJS.Process, "platform" | "execArgv" | "env">,
): Handles | undefined {
  // Windows fills buffers asynchronously: one buffer for all connections would mix their data up.
  if (on.platform === "win32" || warnsOfBindings(on)) return undefined;
  const stream = binding("stream_wrap");
  const tcp = binding("tcp_wrap");
  if (stream === undefined || tcp === undefined) return undefined;
  const TCP = tcp["TCP"] as new (type: number) => TcpHandle;
  const { SOCKET } = tcp["constants"] as { readonly SOCKET: number };
  const found = {
    WriteRequest: stream["WriteWrap"] as Handles["WriteRequest"],
    ShutdownRequest: stream["ShutdownWrap"] as Handles["ShutdownRequest"],
    ConnectRequest: tcp["TCPConnectWrap"] as Handles["ConnectRequest"],
    createTcp: () => new TCP(SOCKET),
    state: stream["streamBaseState"] as Int32Array,
    read: stream["kReadBytesOrError"] as number,
    wasAsync: stream["kLastWriteWasAsync"] as number,
  };
  return isComplete(found, TCP.prototype) ? found : undefined;
}

function binding(name: string): Record<string, unknown> | undefined {
  try {
    return (process as unknown as Bindings).binding(name);
  } catch {
    return undefined;
  }
}

interface Bindings {
  binding(name: string): Record<string, unknown>;
}

/** Whether deprecation warnings are on: using these internals would print one that the user can do nothing about. */
function warnsOfBindings({ execArgv, env }: Pick<NodeJS.Process, "execArgv" | "env">): boolean {
  return (
    execArgv.includes("--pending-deprecation") ||
    env["NODE_PENDING_DEPRECATION"] === "1" ||
    /--pending-deprecation\b/.test(env["NODE_OPTIONS"] ?? "")
  );
}

const METHODS = [
  "useUserBuffer",
  "readStart",
  "readStop",
  "writeBuffer",
  "writeLatin1String",
  "writev",
  "shutdown",
  "close",
  "reset",
  "setNoDelay",
  "setKeepAlive",
  "getpeername",
  "getsockname",
  "connect",
  "connect6",
];

function isComplete(found: Handles, prototype: object): boolean {
  const makes = [found.WriteRequest, found.ShutdownRequest, found.ConnectRequest];
  return (
    makes.every((make) => typeof make === "function") &&
    METHODS.every((name) => typeof Reflect.get(prototype, name) === "function") &&
    "writeQueueSize" in prototype &&
    typeof found.state?.[found.read] === "number" &&
    typeof found.state[found.wasAsync] === "number"
  );
}

/** Undefined where this version of Node lacks handles that work as expected. */
export const HANDLES: Handles | undefined = findHandles(process);
