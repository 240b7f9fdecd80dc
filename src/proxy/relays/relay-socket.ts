import type dgram from "node:dgram";
import type net from "node:net";

export interface RelaySocketOptions<S> {
  /** Makes a socket, which is bound once its events are followed. */
  make(): S;
  bind(socket: S): void;
  /** The socket was closed: what it served ends, or goes on by itself. */
  onClosed?(): void;
  /** The address could not be had. @param wanted false when it was only tried out. */
  onListenError(error: NodeJS.ErrnoException, wanted: boolean): void;
  /** It listens; when not wanted, only for this moment. */
  onListening(wanted: boolean): void;
  /** A fault of a socket that listens. */
  onError(error: Error): void;
}

/**
 * The listening side of a relay, TCP or UDP alike: opened and closed as its Service gains and loses endpoints, and
 * tried out where others may listen at the same address.
 */
export class RelaySocket<S extends net.Server | dgram.Socket> {
  readonly #options: RelaySocketOptions<S>;
  #socket: S | undefined;
  #isWanted = false;
  #isListening = false;
  #isLost = false;
  #pending: Promise<void> = Promise.resolve();

  constructor(options: RelaySocketOptions<S>) {
    this.#options = options;
  }

  /** The open socket. */
  get current(): S | undefined {
    return this.#socket;
  }

  /** Whether clients may be served; a socket that is only tried out serves none. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  get isListening(): boolean {
    return this.#isListening;
  }

  /** The address could not be had when it was tried last. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Resolves when the last attempt to listen succeeded, failed, or was given up. */
  settled(): Promise<void> {
    return this.#pending;
  }

  setOpen(open: boolean): void {
    this.#isWanted = open;
    if (open === (this.#socket !== undefined)) return;
    if (open) this.#start();
    else this.#stop();
  }

  tryOut(): void {
    if (this.#socket === undefined) this.#start();
  }

  close(): void {
    this.#isWanted = false;
    this.#stop();
  }

  #start(): void {
    const { make, bind, onListenError, onListening, onError } = this.#options;
    const socket = make();
    this.#socket = socket;
    this.#pending = new Promise((resolve) => {
      const emitter: NodeJS.EventEmitter = socket;
      emitter.once("close", resolve);
      emitter.on("error", (error: Error) => {
        if (socket !== this.#socket) return resolve();
        if (this.#isListening) return onError(error);
        this.#stop();
        this.#isLost = true;
        onListenError(error, this.#isWanted);
        resolve();
      });
      emitter.once("listening", () => {
        if (socket === this.#socket) {
          this.#isLost = false;
          this.#isListening = this.#isWanted;
          onListening(this.#isWanted);
          if (!this.#isWanted) this.#stop();
        }
        resolve();
      });
      bind(socket);
    });
  }

  #stop(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#isListening = false;
    this.#options.onClosed?.();
  }
}
