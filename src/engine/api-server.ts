import { hostPort } from "../net/host-port.ts";
import { type ListenAddress, parseListenAddress } from "../net/listen-address.ts";

/** The configured API server address is not one that can be connected to. */
export class ApiServerAddressError extends Error {
  override readonly name = "ApiServerAddressError";
  readonly code = "invalid-api-server";
  readonly text: string;

  constructor(text: string, cause?: unknown) {
    super(
      `${JSON.stringify(text.slice(0, 80))} is no address of an API server; write ` +
        `${hostPort("127.0.0.1", 6443)} or ${hostPort("fd00::1", 6443)}`,
      { cause },
    );
    this.text = text;
  }
}

/**
 * Reads `ADDRESS:PORT`; `localhost` is 127.0.0.1.
 * @throws ApiServerAddressError for anything else: an EndpointSlice can't contain a host name.
 */
export function parseApiServer(text: string): ListenAddress {
  let address: ListenAddress;
  try {
    address = parseListenAddress(text);
  } catch (cause) {
    throw new ApiServerAddressError(text, cause);
  }
  if (address.port === 0) throw new ApiServerAddressError(text);
  return address;
}
