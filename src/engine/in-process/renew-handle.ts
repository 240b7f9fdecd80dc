import { Socket } from "node:net";
import { keepEnded } from "./keep-ended.ts";

interface Handle {
  /** TLS wraps the handle of the connection. */
  readonly _parent?: Handle;
}

/**
 * Gives a socket whose connection failed a fresh handle to connect with, TLS included, as Node itself does between
 * the addresses of a name (`autoSelectFamily`). There is no public API for it, and every system but Linux needs it.
 * @returns false where this version of Node works differently: then the socket can't be connected again.
 */
export function renewHandle(socket: Socket): boolean {
  const handle = (socket as unknown as { _handle?: Handle | null })._handle;
  const plain = handle?._parent ?? handle;
  const TCP = plain?.constructor as (new (type: number) => Handle) | undefined;
  const owner = symbolOf(plain, "owner_symbol");
  if (REINITIALIZE === undefined || owner === undefined || TCP?.name !== "TCP") return false;
  const fresh = new TCP(CLIENT_SOCKET);
  // Node reads it once connected, from the handle that TLS wraps.
  Reflect.set(fresh, owner, socket);
  const renew = Reflect.get(socket, REINITIALIZE) as (handle: Handle) => void;
  keepEnded(socket, () => renew.call(socket, fresh));
  return true;
}

/** The type of a connection's handle, as opposed to a server's. */
const CLIENT_SOCKET = 0;

const REINITIALIZE = symbolOf(Socket.prototype, "kReinitializeHandle");

function symbolOf(owner: object | null | undefined, description: string): symbol | undefined {
  const symbols = owner ? Object.getOwnPropertySymbols(owner) : [];
  return symbols.find((symbol) => symbol.description === description);
}
