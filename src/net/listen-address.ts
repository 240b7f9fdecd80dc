import { isIP } from "node:net";

/** An address of this machine with a port; 0 for any free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** A text that should have been an address to listen on. */
export class InvalidListenAddressError extends Error {
  override readonly name = "InvalidListenAddressError";
  readonly code = "invalid-listen-address";
  readonly text: string;

  constructor(text: string) {
    super(
      `${JSON.stringify(text.slice(0, 80))} is no address and port; write 127.0.0.1:8080, [::1]:8080 or :8080`,
    );
    this.text = text;
  }
}

/**
 * `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`; `:8080` is 127.0.0.1 too.
 * @throws InvalidListenAddressError for anything else: other names could mean any address.
 */
export function parseListenAddress(text: string): ListenAddress {
  const [, six, four = "", digits = ""] = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = six ?? (four === "" || four === "localhost" ? "127.0.0.1" : four);
  const port = Number(digits);
  if (digits === "" || port > 65_535 || isIP(host) !== (six === undefined ? 4 : 6)) {
    throw new InvalidListenAddressError(text);
  }
  return { host, port };
}
