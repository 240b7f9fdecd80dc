import type { Socket } from "node:dgram";
import type { Server } from "node:net";

/** How sockets get their addresses: from this machine, or from a network namespace that another process is in. */
export interface Binder {
  /** Whether programs of others listen at the same addresses. Default: no. */
  readonly isShared?: boolean;
  /** Makes it listen; `listening` or `error` follows, as after `listen`. */
  listen(server: Server, host: string, port: number): void;
  /** Binds it; `listening` or `error` follows, as after `bind`. */
  bind(socket: Socket, host: string, port: number): void;
}

/** This machine's addresses. */
export const systemBinder: Binder = {
  isShared: true,
  listen: (server, host, port) => void server.listen({ host, port, backlog: 511 }),
  bind: (socket, address, port) => void socket.bind({ address, port, exclusive: true }),
};
