import type { Writable } from "node:stream";
import { DnsOptionError, type DnsOptions } from "../../dns/options.ts";
import type { Engine } from "../../engine/engine.ts";
import {
  type ApiAddress,
  type DnsListen,
  type GatewayListen,
  ListenError,
} from "../../engine/listen.ts";
import { describeHolder } from "../../net/port-holder.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { formatAddress, type ListenAddress } from "../listen-address.ts";
import type { RequestedAddress } from "./listen-settings.ts";

type OwnDns = Pick<DnsOptions, "upstream" | "fallthrough" | "view" | "ttl" | "cache"> &
  Pick<DnsListen, "routes">;
type OwnGateway = Omit<GatewayListen, "listen">;

/** How many further ports a default one may move. */
const MOVES = 20;

/** Opens the Kubernetes API, as {@link listenOn} does. */
export async function listenApiOn(
  engine: Engine,
  address: RequestedAddress,
  stderr: Writable,
): Promise<ApiAddress> {
  return moving("api", address, stderr, async (listen) => {
    return (await engine.listen({ api: { listen } })).api as ApiAddress;
  });
}

/** Opens the gateway's TLS, as {@link listenOn} does. */
export async function listenHttpsOn(
  engine: Engine,
  address: RequestedAddress,
  stderr: Writable,
): Promise<ListenAddress> {
  return moving("https", address, stderr, async (listen) => {
    return (await engine.listen({ https: { listen } })).https as ListenAddress;
  });
}

/**
 * Opens DNS or the gateway. A default port that is taken moves to the next free one, and says so.
 * @throws CommandError (exit 4) when an address that was asked for can't be had.
 */
export async function listenOn(
  engine: Engine,
  what: "dns" | "gateway",
  address: RequestedAddress,
  stderr: Writable,
  own: { readonly dns?: OwnDns; readonly gateway?: OwnGateway } = {},
): Promise<ListenAddress> {
  return moving(what, address, stderr, (listen) => open(engine, what, listen, own));
}

async function moving<T extends ListenAddress>(
  what: "dns" | "gateway" | "https" | "api",
  { host, port, asked }: RequestedAddress,
  stderr: Writable,
  open: (listen: string) => Promise<T>,
): Promise<T> {
  let taken = "is taken";
  for (let move = 0; ; move++) {
    try {
      const bound = await open(formatAddress({ host, port: port + move }));
      if (move > 0) stderr.write(`${what}: port ${port} ${taken}, listening on ${bound.port}\n`);
      return bound;
    } catch (error) {
      if (error instanceof DnsOptionError) throw wrongOption(error);
      if (!(error instanceof ListenError)) throw error;
      if (move === 0 && error.holder) taken = `is taken by ${describeHolder(error.holder)}`;
      if (!asked && error.reason === "EADDRINUSE" && move < MOVES) continue;
      throw new CommandError(
        EXIT.cannotListen,
        error.message,
        `choose another with --${what} ADDRESS:PORT, or --${what} off`,
        { cause: error },
      );
    }
  }
}

async function open(
  engine: Engine,
  what: "dns" | "gateway",
  listen: string,
  { dns, gateway }: { readonly dns?: OwnDns; readonly gateway?: OwnGateway },
): Promise<ListenAddress> {
  const bound = await engine.listen(
    what === "dns" ? { dns: { ...dns, listen } } : { gateway: { ...gateway, listen } },
  );
  return bound[what] as ListenAddress;
}

/** In words of the command line: `upstream` is `--dns-upstream`. */
function wrongOption(error: DnsOptionError): CommandError {
  const why = error.message.replace(/^DNS option \w+: /, "");
  const next = `it is what --dns-${error.option} says, or dns.${error.option} of kubelane.yaml`;
  return new CommandError(EXIT.usage, `--dns-${error.option}: ${why}`, next, { cause: error });
}
