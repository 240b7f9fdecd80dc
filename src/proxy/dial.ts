import type { Socket } from "node:net";
import type { Dialer, DialTarget } from "./dialer.ts";
import { connectAddress } from "./direct-dialer.ts";
import { type Connected, connectSocket } from "./transport/connect.ts";
import type { Connection } from "./transport/connection.ts";
import { HANDLES } from "./transport/handles.ts";
import { SocketConnection } from "./transport/socket-connection.ts";

/** Opens a connection to an endpoint. @returns a function that cancels it; the callback isn't called afterwards. */
export type Dial<C> = (
  dialer: Dialer,
  target: DialTarget,
  /** See {@link DialOptions.redials}. */
  redials: boolean,
  callback: Connected<C>,
) => () => void;

/**
 * For callers that only pass bytes on: half-open, and without a Node stream where the endpoint can be reached without
 * one.
 */
export const dialConnection: Dial<Connection> = (dialer, target, redials, callback) => {
  const to = HANDLES && dialer.streamAddress?.(target);
  const giveUp = HANDLES && to && connectAddress(HANDLES, to, redials, callback);
  if (giveUp !== undefined) return giveUp;
  const socket = dialer.dial(target, { redials, allowHalfOpen: true });
  return connectSocket(socket, (result) =>
    callback(result instanceof Error ? result : new SocketConnection(result)),
  );
};

/** For callers that need a Node stream. */
export const dialSocket: Dial<Socket> = (dialer, target, redials, callback) =>
  connectSocket(dialer.dial(target, { redials }), callback);
