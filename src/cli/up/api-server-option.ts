import { ApiServerAddressError, parseApiServer } from "../../engine/api-server.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";

/** @throws CommandError for what is no address of an API server. */
export function checkApiServer(text: string | undefined): void {
  if (text === undefined) return;
  try {
    parseApiServer(text);
  } catch (cause) {
    if (!(cause instanceof ApiServerAddressError)) throw cause;
    const message = `--api-server ${text} is no address of an API server`;
    const hint = "write ADDRESS:PORT, for example --api-server 127.0.0.1:6443";
    throw new CommandError(EXIT.usage, message, hint, { cause });
  }
}
