import { hostPort } from "../net/host-port.ts";
import {
  InvalidListenAddressError,
  type ListenAddress,
  parseListenAddress as parse,
} from "../net/listen-address.ts";
import { CommandError } from "./command.ts";
import { EXIT } from "./exit-code.ts";

export type { ListenAddress };

/**
 * `127.0.0.1:8080`, `[::1]:8080`, `:8080` and `8080` (loopback), or `off`.
 * @returns undefined for `off`.
 * @throws CommandError for anything else.
 */
export function parseListenAddress(text: string, option: string): ListenAddress | undefined {
  if (text === "off") return undefined;
  try {
    return parse(/^\d+$/.test(text) ? `:${text}` : text);
  } catch (error) {
    if (!(error instanceof InvalidListenAddressError)) throw error;
    throw new CommandError(
      EXIT.usage,
      `${option} ${text} is no address to listen on`,
      `write ADDRESS:PORT, for example ${option} 127.0.0.1:8080, or ${option} off`,
      { cause: error },
    );
  }
}

/** `127.0.0.1:8080`, `[::1]:8080` */
export function formatAddress({ host, port }: ListenAddress): string {
  return hostPort(host, port);
}
