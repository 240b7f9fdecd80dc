import { type Authority, parseAuthority } from "./authority.ts";
import { gatewayClient, remoteOf } from "./gateway-client.ts";
import type { GatewayContext } from "./gateway-context.ts";
import { isRefusal, type Refusal } from "./refusal.ts";
import type { Connection } from "./transport/connection.ts";
import { linger } from "./transport/linger.ts";
import { tunnel } from "./tunnel.ts";

export const SOCKS_VERSION = 5;

/** RFC 1928 section 6. */
const SUCCEEDED = 0;
const NOT_ALLOWED = 2;
const HOST_UNREACHABLE = 4;
const REFUSED = 5;
const COMMAND_NOT_SUPPORTED = 7;
const ADDRESS_NOT_SUPPORTED = 8;

/** RFC 1928 section 3. */
const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;
const NO_METHOD = 0xff;

/** RFC 1929. */
const PASSWORD_VERSION = 1;
const ADMITTED = 0;
const NOT_ADMITTED = 1;

/** A greeting and a request with the longest name, and some of what the client sends ahead. */
const MAX_HANDSHAKE = 64 * 1024;

/**
 * SOCKS5 (RFC 1928): CONNECT to Services by name, as `curl --socks5-hostname` and `ALL_PROXY=socks5h://…` do, or by
 * ClusterIP. Clients need no password; one that has a guest's goes further.
 */
export function serveSocks(client: Connection, first: Buffer, context: GatewayContext): void {
  let input: Buffer = Buffer.from(first);
  let stage: "greeting" | "password" | "request" = "greeting";
  let { router } = context;
  const { headTime } = context.limits;
  const timer = headTime > 0 ? setTimeout(() => client.close(), headTime) : undefined;
  client.receiver = {
    received(bytes, length) {
      input = Buffer.concat([input, bytes.subarray(0, length)]);
      if (input.length > MAX_HANDSHAKE) client.close();
      else advance();
    },
    ended: () => client.close(),
    drained() {},
    closed: () => clearTimeout(timer),
  };
  advance();

  function advance(): void {
    if (stage === "greeting" && !greet()) return;
    if (stage === "password" && !readPassword()) return;
    const request = readRequest(input);
    if (request === undefined) return;
    if (typeof request === "number") {
      reply(request);
      return;
    }
    connect(request.authority, input.subarray(request.length));
  }

  /** @returns whether there is more to read. */
  function greet(): boolean {
    const methods = input[1];
    if (methods === undefined || input.length < 2 + methods) return false;
    const offered = input.subarray(2, 2 + methods);
    input = input.subarray(2 + methods);
    if (context.guests !== undefined && offered.includes(USER_AND_PASSWORD)) {
      stage = "password";
      client.write(Buffer.from([SOCKS_VERSION, USER_AND_PASSWORD]));
    } else if (offered.includes(NO_AUTHENTICATION)) {
      stage = "request";
      client.write(Buffer.from([SOCKS_VERSION, NO_AUTHENTICATION]));
    } else {
      leave(Buffer.from([SOCKS_VERSION, NO_METHOD]));
      return false;
    }
    return true;
  }

  /** @returns whether the client may go on. */
  function readPassword(): boolean {
    const userEnd = 2 + (input[1] ?? 0);
    const end = userEnd + 1 + (input[userEnd] ?? 0);
    // Either length is read before it is there: then the end is beyond what is there, too.
    if (input.length <= userEnd || input.length < end) return false;
    const user = input.toString("utf8", 2, userEnd);
    const password = input.toString("utf8", userEnd + 1, end);
    const admitted = input[0] === PASSWORD_VERSION && context.guests?.admit(user, password);
    if (!admitted) {
      leave(Buffer.from([PASSWORD_VERSION, NOT_ADMITTED]));
      return false;
    }
    input = input.subarray(end);
    stage = "request";
    router = admitted;
    client.write(Buffer.from([PASSWORD_VERSION, ADMITTED]));
    return true;
  }

  function connect(authority: Authority, ahead: Buffer): void {
    const route = router.byPort(authority, 0);
    if (isRefusal(route)) {
      reply(NOT_ALLOWED);
      tellRefusal(authority, route);
      return;
    }
    const address = remoteOf(client);
    clearTimeout(timer);
    client.pause();
    tunnel(client, client, context, {
      route,
      client: gatewayClient(address, context),
      about: { kind: "tunnel", protocol: "SOCKS5", client: address, host: hostOf(authority) },
      ready(upstream) {
        client.write(replyBytes(SUCCEEDED));
        if (ahead.length > 0) upstream.write(ahead);
      },
      refused: (why) => reply(why.code === "no-endpoint" ? HOST_UNREACHABLE : REFUSED),
      onTraffic: context.onTraffic,
      idleTime: context.limits.streamIdleTime,
    });
  }

  function reply(code: number): void {
    leave(replyBytes(code));
  }

  function leave(word: Buffer): void {
    clearTimeout(timer);
    client.write(word);
    linger(client);
  }

  function tellRefusal(authority: Authority, why: Refusal): void {
    context.onTraffic?.({
      kind: "tunnel",
      protocol: "SOCKS5",
      client: remoteOf(client),
      host: hostOf(authority),
      attempts: 0,
      duration: 0,
      refusal: why,
    });
  }
}

/** The request, how long it is; a reply's code when it can't be served; undefined while it isn't complete. */
function readRequest(
  input: Buffer,
): { readonly authority: Authority; readonly length: number } | number | undefined {
  if (input.length < 5) return undefined;
  if (input[0] !== SOCKS_VERSION || input[1] !== 1) return COMMAND_NOT_SUPPORTED;
  const type = input[3];
  const size = type === 1 ? 4 : type === 4 ? 16 : (input[4] as number);
  const start = type === 3 ? 5 : 4;
  if (type !== 1 && type !== 3 && type !== 4) return ADDRESS_NOT_SUPPORTED;
  const end = start + size;
  if (input.length < end + 2) return undefined;
  const bytes = input.subarray(start, end);
  const name =
    type === 1
      ? bytes.join(".")
      : type === 3
        ? bytes.toString("latin1")
        : `[${[...Array(8).keys()].map((i) => bytes.readUInt16BE(i * 2).toString(16)).join(":")}]`;
  const port = input.readUInt16BE(end);
  const authority = port === 0 ? undefined : parseAuthority(name);
  if (authority === undefined || authority.port !== undefined) return ADDRESS_NOT_SUPPORTED;
  return { authority: { host: authority.host, port }, length: end + 2 };
}

function replyBytes(code: number): Buffer {
  return Buffer.from([SOCKS_VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0]);
}

function hostOf({ host, port }: Authority): string {
  return `${host}:${port}`;
}
