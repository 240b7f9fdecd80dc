import { Socket, type TcpNetConnectOpts } from "node:net";
import { type ConnectOptions, openSocket } from "./open-socket.ts";
import { patch } from "./patch.ts";
import { findDestination } from "./views.ts";

type Connect = (this: Socket, ...args: unknown[]) => Socket;

/** Where every TCP and TLS connection of Node starts, whoever asks for it. */
export function patchNet(): () => void {
  const owner = Socket.prototype as unknown as { connect: Connect };
  return patch(
    owner,
    "connect",
    (connect) =>
      function (this: Socket, ...args) {
        const options = connectOptions(args);
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

/** `(options)`, `(port, host)`, or both as an array that Node has put in order. */
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
