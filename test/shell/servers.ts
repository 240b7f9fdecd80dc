import { type ChildProcess, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { freePort } from "../support/free-port.ts";

/** An HTTP server that says its name, with an echo on the same port over UDP. */
export class NamedServer {
  port = 0;
  readonly #name: string;
  readonly #server: Server;
  readonly #echo: Socket = createSocket("udp4");

  constructor(name: string) {
    this.#name = name;
    this.#server = createServer((_request, response) => response.end(`${this.#name}\n`));
  }

  async start(): Promise<this> {
    this.port = await freePort();
    this.#server.listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#echo.on("message", (message, { port, address }) =>
      this.#echo.send(`${this.#name}: ${message}`, port, address),
    );
    this.#echo.bind(this.port, "127.0.0.1");
    await once(this.#echo, "listening");
    return this;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#echo.close();
  }
}

/** A real redis-server on a free port. */
export async function startRedis(): Promise<{
  readonly port: number;
  readonly process: ChildProcess;
}> {
  const port = await freePort();
  const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", "/tmp"];
  const server = spawn("redis-server", options, { stdio: "ignore" });
  while (!(await answers(port))) {
    if (server.exitCode !== null) throw new Error("redis-server ended");
    await setTimeout(20);
  }
  return { port, process: server };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}
