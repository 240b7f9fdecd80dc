import { get, type RequestOptions } from "node:http";
import { connect } from "node:net";
import { traceName } from "../../src/cli/trace/trace-name.ts";
import type { Engine } from "../../src/engine/engine.ts";

export interface World {
  readonly engine: Engine;
  /** The gateway's port. */
  readonly gateway: number;
}

/** A way in, asked as its users ask it. One request is one choice of an endpoint. */
export interface WayIn {
  readonly name: string;
  /** Whether it can be asked by a name alone. */
  readonly portless?: boolean;
  /** @returns the endpoint that answered, `ADDRESS:PORT`; undefined where nobody did */
  ask(world: World, host: string, port: number | undefined): Promise<string | undefined>;
}

function bodyOf(options: RequestOptions): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const call = get(options, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode, body }));
    });
    call.on("error", reject);
  });
}

/** Through the gateway: the Host header without a port, an absolute URL with one. */
const gateway: WayIn = {
  name: "gateway",
  portless: true,
  async ask(world, host, port) {
    const path = port === undefined ? "/" : `http://${host}:${port}/`;
    const headers = { host };
    const { status, body } = await bodyOf({ port: world.gateway, path, headers, agent: false });
    return status === 200 ? body : undefined;
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
    ask(world, host, port = 80) {
      return new Promise((resolve, reject) => {
        const socket = connect(world.gateway, "127.0.0.1");
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
        socket.on("close", () => resolve(isOpen ? text.split("\r\n\r\n")[1] : undefined));
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
  async ask({ engine }, host, port = 80) {
    try {
      return (await bodyOf({ host, port, path: "/", agent: engine.agent() })).body;
    } catch {
      return undefined;
    }
  },
};

/** What trace says of a connection, without making one. */
const trace: WayIn = {
  name: "trace",
  portless: true,
  async ask({ engine }, name, port) {
    const who = { namespace: "default" };
    const question = { name, port, who, zone: "cluster.local", lost: [] };
    const { reached, verdict } = traceName(engine, question);
    return reached ? /reache[sd] (?:pod \S+ )?(?:at )?([\d.]+:\d+)/.exec(verdict)?.[1] : undefined;
  },
};

export const WAYS: readonly WayIn[] = [gateway, byConnect, SOCKS5, inProcess, trace];
