import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { NotReachedError } from "../../proxy/not-reached.ts";

/** The first bytes of a connection identify the stream that it belongs to. */
const NONCE = 16;

/**
 * Real sockets that carry streams which are not sockets. The proxy works on sockets, where possible below Node's
 * streams, so each stream gets one: a connection of this process to itself, over a Unix socket in a private folder.
 */
export class PairedSockets {
  readonly #waiting = new Map<string, (other: Socket) => void>();
  #folder: string | undefined;
  #server: Server | undefined;
  #listening: Promise<string> | undefined;

  /**
   * A socket that is connecting: it connects when the stream is open, or fails with why it can't be. Where the stream
   * breaks, it has the stream's error: the connection between the two could only tell it of an end.
   */
  connect(open: () => Promise<Duplex>, allowHalfOpen: boolean): Socket {
    const socket = new Socket({ allowHalfOpen });
    // Until the outcome is known, the socket looks as if it were connecting.
    Object.assign(socket, { connecting: true });
    this.#join(socket, open).catch((error: Error) => socket.destroy(error));
    return socket;
  }

  close(): void {
    this.#server?.close();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  async #join(socket: Socket, open: () => Promise<Duplex>): Promise<void> {
    const [stream, path] = await Promise.all([open(), this.#listen()]);
    if (socket.destroyed) {
      stream.destroy();
      return;
    }
    const nonce = randomBytes(NONCE);
    const id = nonce.toString("hex");
    const broken = (error?: Error) => {
      const why = error ?? new Error("the connection to the pod broke off");
      // As long as the other end has not arrived, the stream was given nothing.
      socket.destroy(this.#waiting.has(id) ? new NotReachedError(why.message) : why);
    };
    stream.on("error", broken);
    stream.once("close", () => {
      if (!stream.readableEnded) broken();
    });
    this.#waiting.set(id, (other) => bridge(other, stream));
    socket.once("close", () => {
      this.#waiting.delete(id);
      // The other end may not have arrived yet.
      if (!stream.destroyed && stream.writable) stream.end();
    });
    if (stream.destroyed) broken(stream.errored ?? undefined);
    if (socket.destroyed) return;
    socket.connect({ path });
    socket.write(nonce);
  }

  #listen(): Promise<string> {
    this.#listening ??= new Promise((resolve, reject) => {
      const folder = mkdtempSync(join(tmpdir(), "kubelane-sockets-"));
      this.#folder = folder;
      const path = process.platform === "win32" ? `\\\\.\\pipe\\${folder}` : join(folder, "s");
      const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (other) =>
        this.#accept(other),
      );
      this.#server = server;
      server.once("error", reject);
      server.listen(path, () => {
        server.unref();
        resolve(path);
      });
    });
    return this.#listening;
  }

  #accept(other: Socket): void {
    other.on("error", () => {});
    let first = Buffer.alloc(0);
    const read = (chunk: Buffer) => {
      first = Buffer.concat([first, chunk]);
      if (first.length < NONCE) return;
      other.off("data", read);
      other.pause();
      const id = first.toString("hex", 0, NONCE);
      const take = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (take === undefined) {
        other.destroy();
        return;
      }
      if (first.length > NONCE) other.unshift(first.subarray(NONCE));
      take(other);
    };
    other.on("data", read);
    other.resume();
  }
}

/** Passes bytes both ways until both sides have ended; an error of one destroys the other. */
function bridge(socket: Socket, stream: Duplex): void {
  socket.on("error", () => stream.destroy());
  stream.once("close", () => {
    if (!stream.readableEnded) socket.destroy();
  });
  socket.once("close", () => {
    if (!stream.writableFinished) stream.destroy();
  });
  socket.pipe(stream);
  stream.pipe(socket);
}
