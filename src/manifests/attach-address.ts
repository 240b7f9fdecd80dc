import { isIP } from "node:net";
import { isPortNumber } from "../objects/port-name.ts";
import type { AttachAddress } from "./local-config.ts";

/**
 * Reads `127.0.0.1:3000`, `localhost:3000`, `[::1]:3000` or a port alone, which means this machine.
 * @returns undefined for anything else.
 */
export function parseAttachAddress(value: string | number): AttachAddress | undefined {
  const match = /^(?:(?:\[([^\]]+)\]|([^:[\]]+))?:)?([0-9]{1,5})$/.exec(String(value));
  if (match === null) return undefined;
  const [, bracketed, plain, digits] = match;
  const port = Number(digits);
  if (!isPortNumber(port)) return undefined;
  if (bracketed !== undefined && isIP(bracketed) !== 6) return undefined;
  if (plain !== undefined && plain !== "localhost" && isIP(plain) !== 4) return undefined;
  return { host: bracketed ?? plain ?? "127.0.0.1", port };
}
