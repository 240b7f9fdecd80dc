import type { Socket } from "node:net";
import type { Connection, Place } from "./connection.ts";
import { HandleConnection } from "./handle-connection.ts";
import type { Handles } from "./handles.ts";
import { systemError } from "./system-error.ts";

/** Called once, and never before the function that it was passed to has returned. */
export type Connected<C> = (result: C | Error) => void;

/** @returns a function that cancels; the callback isn't called afterwards. */
export function connectHandle(
  handles: Handles,
  to: Place,
  callback: Connected<Connection>,
): () => void {
  const handle = handles.createTcp();
  let over = false;
  const request = new handles.ConnectRequest();
  request.oncomplete = finished;
  const status = to.address.includes(":")
    ? handle.connect6(request, to.address, to.port)
    : handle.connect(request, to.address, to.port);
  // An outcome that is known at once is still reported asynchronously.
  if (status !== 0) process.nextTick(finished, status);
  return () => {
    if (!over) handle.close();
    over = true;
  };

  function finished(status: number): void {
    if (over) return;
    over = true;
    if (status === 0) {
      handle.setNoDelay(true);
      callback(new HandleConnection(handle, handles));
    } else {
      handle.close();
      callback(systemError(status, "connect", to));
    }
  }
}

/** Waits until a socket is connected. @returns a function that cancels. */
export function connectSocket(socket: Socket, callback: Connected<Socket>): () => void {
  let over = false;
  const settle = (result: Socket | Error) => {
    if (over) return;
    over = true;
    callback(result);
  };
  const connected = () => {
    socket.removeListener("error", settle);
    settle(socket);
  };
  // The listener stays after a failure: Node may emit more than one error.
  socket.on("error", settle);
  socket.once("connect", connected);
  return () => {
    over = true;
    socket.destroy();
  };
}
