import { hostPort } from "../net/host-port.ts";
import type { ListenAddress } from "../net/listen-address.ts";

export type { ListenAddress };

/** `127.0.0.1:8080`, `[::1]:8080` */
export function formatAddress({ host, port }: ListenAddress): string {
  return hostPort(host, port);
}
