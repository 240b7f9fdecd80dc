import type { RawData, WebSocket } from "ws";

/** What stands before each message: which stream it belongs to. */
export const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** Newer first. `v5` can end stdin by itself. */
export const CHANNEL_PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"] as const;

/** What a client that runs a command in a container sends. */
export interface ChannelListener {
  readonly onStdin: (data: Buffer) => void;
  readonly onStdinEnd: () => void;
  readonly onResize: (columns: number, rows: number) => void;
  readonly onGone: () => void;
}

/** A WebSocket that carries several streams, as Kubernetes' clients use it for exec and attach. */
export class Channels {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket, listener: ChannelListener) {
    this.#socket = socket;
    socket.on("message", (data) => receive(bytesOf(data), listener));
    socket.on("error", () => {});
    socket.once("close", listener.onGone);
  }

  /** @returns when the bytes are with the system: whoever writes waits for a client that reads slowly. */
  write(channel: number, data: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.send(Buffer.concat([Buffer.from([channel]), data]), () => resolve());
    });
  }

  /** Says how the command ended, and closes. */
  async end(status: object): Promise<void> {
    await this.write(CHANNEL.error, Buffer.from(JSON.stringify(status)));
    this.#socket.close(1000);
  }
}

function receive(message: Buffer, listener: ChannelListener): void {
  const channel = message[0];
  const data = message.subarray(1);
  if (channel === CHANNEL.stdin) listener.onStdin(data);
  else if (channel === CHANNEL.close && data[0] === CHANNEL.stdin) listener.onStdinEnd();
  else if (channel === CHANNEL.resize) {
    const size = parseSize(data.toString("utf8"));
    if (size !== undefined) listener.onResize(size.columns, size.rows);
  }
}

/** The size of a terminal as clients write it; undefined for anything else. */
export function parseSize(
  text: string,
): { readonly columns: number; readonly rows: number } | undefined {
  try {
    const { Width: columns, Height: rows } = JSON.parse(text) ?? {};
    return isLength(columns) && isLength(rows) ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}

/** The kernel keeps them in 16 bits. */
function isLength(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) < 65_536;
}

/** What a message of a WebSocket holds. */
export function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
