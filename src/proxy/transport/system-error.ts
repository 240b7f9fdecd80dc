import { getSystemErrorName } from "node:util";
import type { Place } from "./connection.ts";

/**
 * An error like those of Node's sockets: `connect ECONNREFUSED 127.0.0.1:80`.
 * @param status the system's error number, negative.
 */
export function systemError(status: number, syscall: string, to?: Place): NodeJS.ErrnoException {
  const code = getSystemErrorName(status);
  const where = to === undefined ? "" : ` ${to.address}:${to.port}`;
  const error: NodeJS.ErrnoException = new Error(`${syscall} ${code}${where}`);
  return Object.assign(error, { errno: status, code, syscall, ...to });
}
