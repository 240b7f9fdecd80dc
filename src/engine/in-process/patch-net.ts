import { Socket, type TcpNetConnectOpts } from "node:net";
import { keepEnded } from "./keep-ended.ts";
import { type ConnectOptions, openSocket } from "./open-socket.ts";
import { patch } from "./patch.ts";
import { findDestination, whenKnown } from "./views.ts";

interface Connectable {
  connect(...args: readonly unknown[]): unknown;
}

type Connect = (this: Socket, ...args: unknown[]) => Socket;

/** The function that every TCP and TLS connection in Node passes, whichever module opens it. */
export function patchNet(): () => void {
  const owner = Socket.prototype as unknown as { connect: Connect };
  return patch(
    owner,
    "connect",
    (connect) =>
      function (this: Socket, ...args) {
        const options = connectOptions(args);
        const known = whenKnown(options?.host);
        if (known !== undefined) return connectLater(this, args, known);
        const found =
          options?.host === undefined
            ? undefined
            : findDestination(options.host, Number(options.port), options.family);
        if (found === undefined) return connect.apply(this, args);
        const callback = listenerOf(args);
        return openSocket(
          found.view,
          found.destination,
          options as ConnectOptions,
          (to: TcpNetConnectOpts, first) =>
            first && callback !== undefined
              ? connect.call(this, to, callback)
              : connect.call(this, to),
        );
      },
  );
}

/** Meanwhile the socket counts as connecting, as with a name that takes long to resolve. */
function connectLater(socket: Socket, args: readonly unknown[], known: Promise<void>): Socket {
  (socket as { connecting: boolean }).connecting = true;
  known.then(
    () => {
      if (socket.destroyed) return;
      keepEnded(socket, () => (socket as unknown as Connectable).connect(...args));
    },
    (error: Error) => socket.destroy(error),
  );
  return socket;
}

/** `(options)`, `(port, host)`, or both as an array in Node's normalized form. */
function connectOptions([first, second]: readonly unknown[]): ConnectOptions | undefined {
  if (Array.isArray(first)) return connectOptions(first);
  if (typeof first === "object" && first !== null) {
    const options = first as ConnectOptions & { readonly path?: string };
    return options.path ? undefined : options;
  }
  if (typeof second !== "string" || !(Number(first) >= 0)) return undefined;
  return { port: Number(first), host: second };
}

function listenerOf(args: readonly unknown[]): (() => void) | undefined {
  const list = Array.isArray(args[0]) ? args[0] : args;
  const last = list.at(-1);
  return typeof last === "function" ? (last as () => void) : undefined;
}
