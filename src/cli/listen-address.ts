import { isIP } from "node:net";
import { hostPort } from "../net/host-port.ts";
import { CommandError } from "./command.ts";
import { EXIT } from "./exit-code.ts";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * `127.0.0.1:8080`, `[::1]:8080`, `:8080` and `8080` (loopback), or `off`.
 * @returns undefined for `off`.
 * @throws CommandError for anything else.
 */
export function parseListenAddress(text: string, option: string): ListenAddress | undefined {
  if (text === "off") return undefined;
  const [, host = "", digits = ""] = /^(?:\[?([^[\]]*?)\]?:)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const name = host === "" || host === "localhost" ? "127.0.0.1" : host;
  if (digits === "" || port > 65_535 || isIP(name) === 0) {
    throw new CommandError(
      EXIT.usage,
      `${option} ${text} is no address to listen on`,
      `write ADDRESS:PORT, for example ${option} 127.0.0.1:8080, or ${option} off`,
    );
  }
  return { host: name, port };
}

/** `127.0.0.1:8080`, `[::1]:8080` */
export function formatAddress({ host, port }: ListenAddress): string {
  return hostPort(host, port);
}
