import { describeHolder, type PortHolder } from "../net/port-holder.ts";

/** As programs say that they can't listen: Node and Go with the port, Python and Java without. */
const TAKEN = /EADDRINUSE|address already in use|port (?:is )?already (?:in use|allocated)/i;
const PORT = /:(\d{1,5})\b(?!.*:\d)/;

/**
 * Who has the port that a program says it can't have, as words to follow its own.
 * @param ports those that it was to listen on, or may have: for programs that don't say which
 * @returns empty for any other message, and where nobody is found.
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
