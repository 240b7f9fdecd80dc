import { describeHolder, type PortHolder } from "../net/port-holder.ts";

/** How programs report that they can't listen: Node and Go with the port, Python and Java without. */
const TAKEN = /EADDRINUSE|address already in use|port (?:is )?already (?:in use|allocated)/i;
const PORT = /:(\d{1,5})\b(?!.*:\d)/;

/**
 * Names the program that holds a port which another program failed to bind, as words to append to that program's
 * message.
 * @param ports that it was to listen on, for messages that don't name the port
 * @returns empty for any other message, and where no holder is found.
 */
export function whoHasThePort(
  message: string,
  ports: readonly number[],
  holderOf: (port: number) => PortHolder | undefined,
): string {
  if (!TAKEN.test(message)) return "";
  const named = PORT.exec(message)?.[1];
  for (const port of named === undefined ? ports : [Number(named)]) {
    const holder = holderOf(port);
    if (holder !== undefined) return ` (${describeHolder(holder)} listens on ${port})`;
  }
  return "";
}
