import dgram from "node:dgram";
import { promises as dnsPromises } from "node:dns";
import { get, type RequestOptions } from "node:http";
import { connect, isIP } from "node:net";
import { traceName } from "../../src/cli/trace/trace-name.ts";
import { http2Session } from "../proxy/http2-client.ts";
import { openOverHttp2 } from "../proxy/websockets.ts";
import { kubelane } from "../support/terminal.ts";
import { ASK_UDP, type Ground, POD_FIELD, type Program } from "./ground.ts";
import type { Ask, Decision } from "./worlds.ts";

/** A way in, asked as its users ask it. One request is one choice of an endpoint. */
export interface WayIn {
  readonly name: string;
  /** Whether it can be asked by a name alone. */
  readonly portless?: boolean;
  /** Whether it is of no use to who has an address. */
  readonly namesOnly?: boolean;
  /** Whether it can be asked over UDP. */
  readonly datagrams?: boolean;
  /** Whether it can be asked by a name alone only. */
  readonly hostOnly?: boolean;
  /** @returns the endpoint that answered, `ADDRESS:PORT`; undefined where nobody did */
  ask(
    ground: Ground,
    host: string,
    port: number | undefined,
    over?: "UDP",
  ): Promise<string | undefined>;
}

interface Answer {
  readonly status: number | undefined;
  readonly isPods: boolean;
  readonly body: string;
}

function bodyOf(options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = get(options, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      const isPods = response.headers[POD_FIELD] !== undefined;
      response
        .on("end", () => resolve({ status: response.statusCode, isPods, body }))
        .on("error", reject);
    });
    call.on("error", reject);
  });
}

const askUdp: (
  sockets: typeof dgram,
  question: { readonly host: string; readonly port: number },
) => Promise<string | undefined> = Function(`return ${ASK_UDP}`)();

/** What a pod answers at an address and port; undefined when none does. */
async function answerAt(
  options: RequestOptions & { readonly over?: "UDP" | undefined },
): Promise<string | undefined> {
  if (options.over === "UDP") {
    return askUdp(dgram, { host: String(options.host), port: Number(options.port) });
  }
  try {
    const { isPods, body } = await bodyOf({ path: "/", agent: false, ...options });
    return isPods ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Through the gateway: the Host header without a port, an absolute URL with one. */
const gateway: WayIn = {
  name: "gateway",
  portless: true,
  async ask(ground, host, port) {
    const path = port === undefined ? "/" : `http://${host}:${port}/`;
    const headers = { host };
    const { status, body } = await bodyOf({ port: ground.gateway, path, headers, agent: false });
    return status === 200 ? body : undefined;
  },
};

/** The same for a WebSocket over HTTP/2, whose request has no absolute URL. */
const webSocket: WayIn = {
  name: "WebSocket over HTTP/2",
  portless: true,
  hostOnly: true,
  async ask(ground, host) {
    const session = http2Session(ground.gateway);
    const { headers, socket } = await openOverHttp2(session, { headers: { ":authority": host } });
    socket.destroy();
    session.destroy();
    return headers[POD_FIELD] as string | undefined;
  },
};

/** One request through a tunnel of the gateway's socket. */
function tunnel(
  name: string,
  open: (host: string, port: number) => Buffer,
  verdict: (answer: string) => "open" | "refused" | undefined,
): WayIn {
  return {
    name,
    ask(ground, host, port = 80) {
      return new Promise((resolve, reject) => {
        const socket = connect(ground.gateway, "127.0.0.1");
        let isOpen = false;
        let text = "";
        socket.write(open(host, port));
        socket.setEncoding("latin1").on("data", (chunk: string) => {
          text += chunk;
          if (isOpen) return;
          const said = verdict(text);
          // What was refused may ask again on the same connection.
          if (said === "refused") socket.destroy();
          if (said !== "open") return;
          isOpen = true;
          text = "";
          socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        });
        socket.on("error", reject);
        socket.on("close", () => {
          const [head = "", body] = text.split("\r\n\r\n");
          resolve(isOpen && head.includes(POD_FIELD) ? body : undefined);
        });
      });
    },
  };
}

const byConnect = tunnel(
  "CONNECT",
  (host, port) => Buffer.from(`CONNECT ${host}:${port} HTTP/1.1\r\nHost: x\r\n\r\n`),
  (answer) => {
    if (!answer.includes("\r\n\r\n")) return undefined;
    return answer.startsWith("HTTP/1.1 200 ") ? "open" : "refused";
  },
);

const SOCKS5 = tunnel(
  "SOCKS5",
  (host, port) =>
    Buffer.concat([
      Buffer.from([5, 1, 0, 5, 1, 0, 3, host.length]),
      Buffer.from(host),
      Buffer.from([port >> 8, port & 255]),
    ]),
  (answer) => {
    // The method that was chosen, then the answer: its second byte is 0 for yes.
    if (answer.length < 12) return undefined;
    return answer.charCodeAt(3) === 0 ? "open" : "refused";
  },
);

/** A client of this process. */
const inProcess: WayIn = {
  name: "in process",
  ask({ engine }, host, port = 80) {
    return answerAt({ host, port, agent: engine.agent() });
  },
};

/** The engine's `lookup`, given to a client that knows nothing else. */
const lookup: WayIn = {
  name: "lookup",
  namesOnly: true,
  ask({ engine }, host, port) {
    return answerAt({ host, port, lookup: engine.lookup as RequestOptions["lookup"] });
  },
};

/** The DNS server over UDP, asked as a stub resolver does; then a connection to the address that it names first. */
const byAddress: WayIn = {
  name: "DNS and address",
  datagrams: true,
  async ask({ engine, dns }, host, port, over) {
    if (isIP(host) !== 0) return answerAt({ host: onThisMachine(host, engine), port, over });
    const resolver = new dnsPromises.Resolver();
    resolver.setServers([`127.0.0.1:${dns}`]);
    for (const name of engine.dns.as({ namespace: "default" }).candidates(host)) {
      const [address] = await resolver.resolve4(name).catch(() => []);
      if (address !== undefined) return answerAt({ host: address, port, over });
    }
    return undefined;
  },
};

/** Where the machine's mirror has an address; localhost is this machine's own. */
function onThisMachine(address: string, { mirror }: Ground["engine"]): string {
  return address.startsWith("127.") ? address : (mirror.addressOf(address) ?? address);
}

/** `kubelane resolve`, which asks the running engine; then a connection to one of its addresses. */
const resolve: WayIn = {
  name: "resolve",
  namesOnly: true,
  datagrams: true,
  async ask({ engine, ...where }, host, port, over) {
    const { stdout } = await command(where, "resolve", host);
    const answers: { type: string; data: string }[] = JSON.parse(stdout).answers;
    const addresses = answers.filter(({ type }) => type === "A").map(({ data }) => data);
    const address = addresses[Math.floor(Math.random() * addresses.length)];
    if (address === undefined) return undefined;
    return answerAt({ host: onThisMachine(address, engine), port, over });
  },
};

/** What `kubelane trace` says of a connection, without making one. */
const trace: WayIn = {
  name: "trace",
  portless: true,
  datagrams: true,
  async ask(where, host, port) {
    const { stdout } = await command(where, "trace", port === undefined ? host : `${host}:${port}`);
    const { reached, verdict } = JSON.parse(stdout);
    return reached ? reachedBy(verdict) : undefined;
  },
};

function command({ sockets }: Pick<Ground, "sockets">, name: string, target: string) {
  const env = { KUBELANE_RUNTIME_DIR: sockets };
  return kubelane([name, target, "-n", "default", "-o", "json"], { env, cwd: sockets });
}

/** The endpoint in trace's last sentence. */
export function reachedBy(verdict: string): string | undefined {
  return /reache[sd] (?:pod \S+ )?(?:at )?(\[[\da-f:]+\]:\d+|[\d.]+:\d+)/.exec(verdict)?.[1];
}

/** {@link trace} as a function, for worlds that nobody listens to. */
export function traced(engine: Ground["engine"], name: string, port: number): string | undefined {
  const who = { namespace: "default" };
  const question = { name, port, who, zone: "cluster.local", lost: [] };
  const { reached, verdict } = traceName(engine, question);
  return reached ? reachedBy(verdict) : undefined;
}

/** A program of its own, which is asked as long as the ground stands. */
export function byProgram(name: string, program: () => Program): WayIn {
  return {
    name,
    datagrams: true,
    ask: (_, host, port = 80, over) => program().ask(host, port, over),
  };
}

/** Those that need nothing but Node. */
export const WAYS: readonly WayIn[] = [
  gateway,
  webSocket,
  byConnect,
  SOCKS5,
  byAddress,
  inProcess,
  lookup,
  resolve,
  trace,
];

export function canAsk(
  way: WayIn,
  { host, port, over }: { host: string; port?: number | undefined; over?: Ask["over"] },
): boolean {
  const { portless = false, hostOnly = false, namesOnly = false, datagrams = false } = way;
  const hasPort = port !== undefined;
  if (over === "UDP" && !datagrams) return false;
  return (hasPort ? !hostOnly : portless) && (!namesOnly || isIP(host) === 0);
}

/** What a way in is expected to answer. */
export function expected({ name }: WayIn, { leads, but }: Ask): Decision {
  return but?.[name]?.[0] ?? leads;
}

const MOST_REQUESTS = 60;

/** Asks until every endpoint that is expected was seen, and some more. */
export async function decide(way: WayIn, ground: Ground, ask: Ask): Promise<Decision> {
  const wanted = expected(way, ask);
  const isOne = wanted !== "nobody" && "always" in wanted;
  const all = wanted === "nobody" ? [] : "always" in wanted ? wanted.always : wanted;
  const seen = new Set<string>();
  for (let i = 0; i < MOST_REQUESTS; i++) {
    const answer = await way.ask(ground, ask.host, ask.port, ask.over);
    if (answer === undefined) return "nobody";
    seen.add(answer);
    if ((isOne || seen.size >= all.length) && i >= all.length + 3) break;
  }
  // Which one it is differs from way to way.
  if (isOne && seen.size === 1 && all.includes([...seen][0] as string)) return wanted;
  return [...seen].sort();
}
