import { isIPv6, type LookupFunction, Socket } from "node:net";
import { errorOf, type ReportedError } from "./agent-orders.ts";

/** How many are kept ready, and how few there may be before more are asked for. */
const READY = 32;
const LOW = 16;

interface Handle {
  close(): void;
}

interface Asking {
  readonly take: (handle: Handle) => void;
  readonly fail: (error: Error) => void;
}

/**
 * Sockets that connect in another network namespace. The kernel settles a socket's namespace when the socket is
 * made, not when it connects: the agent inside makes them, some are kept here ready, and this process connects
 * them. A connection then costs no message to the agent, and there is no hop on the way.
 */
export class Dialers {
  readonly #order: (count: number) => void;
  readonly #ready: Handle[] = [];
  readonly #asking: Asking[] = [];
  #ordered = 0;
  #ended: Error | undefined;

  /** @param order asks the agent for so many more */
  constructor(order: (count: number) => void) {
    this.#order = order;
  }

  /** A socket that is connecting. */
  dial(host: string, port: number, { allowHalfOpen = false } = {}): Socket {
    const socket = new Socket({ allowHalfOpen });
    const family = isIPv6(host) ? 6 : 4;
    // Where Node waits for an address, this waits for a handle. The name is never looked up.
    const lookup: LookupFunction = (_name, _options, callback) => {
      this.#take({
        take(handle) {
          adopt(socket, handle);
          callback(null, host, family);
        },
        fail: (error) => callback(error as NodeJS.ErrnoException, "", 0),
      });
    };
    return socket.connect({ host: "pod", port, noDelay: true, family, lookup });
  }

  /** The agent has made one, or could not. */
  arrived(handle: unknown, error: ReportedError | undefined): void {
    if (error !== undefined) {
      this.#ordered = 0;
      for (const { fail } of this.#asking.splice(0)) fail(errorOf(error));
      return;
    }
    this.#ordered--;
    const next = this.#asking.shift();
    if (next !== undefined) next.take(handle as Handle);
    else this.#ready.push(handle as Handle);
  }

  /** No more will come. */
  end(error: Error): void {
    this.#ended = error;
    for (const { fail } of this.#asking.splice(0)) fail(error);
    for (const handle of this.#ready.splice(0)) handle.close();
  }

  #take(asking: Asking): void {
    const handle = this.#ready.pop();
    if (handle !== undefined) asking.take(handle);
    else if (this.#ended !== undefined) asking.fail(this.#ended);
    else this.#asking.push(asking);
    const wanted = this.#asking.length + READY - this.#ready.length;
    if (this.#ended === undefined && this.#ready.length < LOW && this.#ordered < wanted) {
      this.#order(wanted - this.#ordered);
      this.#ordered = wanted;
    }
  }
}

const REINITIALIZE = Object.getOwnPropertySymbols(Socket.prototype).find(
  ({ description }) => description === "kReinitializeHandle",
);

/** Whether this Node lets a socket go over to another handle, which it does itself between addresses of a name. */
export const canDial: boolean = REINITIALIZE !== undefined;

function adopt(socket: Socket, handle: Handle): void {
  if (socket.destroyed || REINITIALIZE === undefined) handle.close();
  else (Reflect.get(socket, REINITIALIZE) as (handle: Handle) => void).call(socket, handle);
}
