import { Socket } from "node:net";

interface Handle {
  /** TLS wraps the handle of the connection. */
  readonly _parent?: Handle;
}

/**
 * Gives a socket whose connection failed a fresh one to connect with, TLS included, as Node itself does
 * between the addresses of a name (`autoSelectFamily`). There is no public way to do it, and every system but
 * Linux needs it.
 * @returns false where this Node works otherwise: the socket can't be connected again then.
 */
export function renewHandle(socket: Socket): boolean {
  const handle = (socket as unknown as { _handle?: Handle | null })._handle;
  const plain = handle?._parent ?? handle;
  const TCP = plain?.constructor as (new (type: number) => Handle) | undefined;
  if (REINITIALIZE === undefined || TCP?.name !== "TCP") return false;
  const renew = Reflect.get(socket, REINITIALIZE) as (handle: Handle) => void;
  renew.call(socket, new TCP(CLIENT_SOCKET));
  return true;
}

/** Of a connection, not of a server. */
const CLIENT_SOCKET = 0;

const REINITIALIZE = Object.getOwnPropertySymbols(Socket.prototype).find(
  ({ description }) => description === "kReinitializeHandle",
);
