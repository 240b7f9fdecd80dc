// A pod of the network tests: tells what it sees, and asks others on request.
import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { createConnection } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { text } from "node:stream/consumers";

const ports = process.argv.slice(2).map(Number);

function facts() {
  const { eth0 = [] } = networkInterfaces();
  return {
    hostname: hostname(),
    addresses: eth0.filter(({ family }) => family === "IPv4").map(({ address }) => address),
    port: process.env.PORT,
    podIP: process.env.POD_IP,
    proxies: Object.keys(process.env).filter((name) => /_proxy$/i.test(name)),
    uid: process.getuid(),
    cwd: process.cwd(),
    search: /^search (.*)$/m.exec(readFileSync("/etc/resolv.conf", "utf8"))?.[1],
  };
}

/** With a connection of its own, so that the next one may lead to another pod. */
function ask(url) {
  return new Promise((resolve) => {
    get(url, { agent: false }, async (response) => {
      resolve(`${response.statusCode} ${await text(response)}`);
    }).on("error", ({ code }) => resolve(code));
  });
}

/** Without blocking, as the script may ask this process. */
const output = (script) =>
  new Promise((resolve) => {
    execFile("sh", ["-c", script], (error, stdout) => resolve(error?.message ?? stdout));
  });

function fileAt(path) {
  try {
    return readFileSync(path, "utf8");
  } catch ({ code }) {
    return code;
  }
}

function connect(host, port) {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    socket.on("connect", () => resolve("connected"));
    socket.on("error", ({ code }) => resolve(code));
    socket.on("close", () => socket.destroy());
  });
}

function datagram(host, port) {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const again = setInterval(() => socket.send("ping", port, host), 100);
    const finish = (text) => {
      clearInterval(again);
      clearTimeout(late);
      socket.close();
      resolve(text);
    };
    socket.on("message", (message) => finish(String(message)));
    const late = setTimeout(finish, 5_000, "no answer");
  });
}

const server = (port) =>
  createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://pod");
    const [host, to] = (searchParams.get("to") ?? "").split(" ");
    const answers = {
      "/": () => `${hostname()} ${port}`,
      "/facts": () => JSON.stringify(facts()),
      "/file": () => fileAt(searchParams.get("to")),
      "/run": () => output(searchParams.get("to")),
      "/ask": () => ask(searchParams.get("to")),
      "/connect": () => connect(host, Number(to)),
      "/datagram": () => datagram(host, Number(to)),
    };
    response.end(await (answers[pathname] ?? answers["/"])());
  });
for (const port of ports) server(port).listen(port);

createSocket("udp4")
  .on("message", function answer(message, { address, port }) {
    this.send(`${hostname()} ${message}`, port, address);
  })
  .on("error", () => {})
  .bind(Number(process.env.UDP_PORT ?? 0));
process.on("SIGTERM", () => process.exit(0));
