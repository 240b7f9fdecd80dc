// A pod of the data plane's tests: says who it is and who asks, and asks others on request.
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { createConnection, isIPv6 } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { text } from "node:stream/consumers";

const me = hostname();

const addresses = () => {
  const { eth0 = [] } = networkInterfaces();
  const of = (family) => eth0.find((each) => each.family === family && !each.scopeid)?.address;
  return { four: of("IPv4"), six: of("IPv6") };
};

/** With a connection of its own, so that the next one may lead to another pod. */
const ask = (url) =>
  new Promise((resolve) => {
    const request = get(url, { agent: false }, async (response) => resolve(await text(response)));
    request.on("error", ({ code }) => resolve(code));
  });

const askOften = async (url, count) => {
  const answers = [];
  for (let i = 0; i < count; i++) answers.push(await ask(url));
  return answers;
};

/** Whether a connection is answered at all within a second. */
const connect = (host, port) =>
  new Promise((resolve) => {
    const started = Date.now();
    const socket = createConnection({ host, port });
    const silence = setTimeout(() => finish("no answer"), 1_000);
    const finish = (outcome) => {
      clearTimeout(silence);
      socket.destroy();
      resolve({ outcome, milliseconds: Date.now() - started });
    };
    socket.on("connect", () => finish("connected"));
    socket.on("error", ({ code }) => finish(code));
  });

/** Datagrams from one socket, until one is answered. */
const flows = new Map();
function datagram(host, port, flow) {
  let socket = flows.get(flow);
  if (socket === undefined) {
    socket = createSocket(isIPv6(host) ? "udp6" : "udp4").on("error", () => {});
    flows.set(flow, socket);
  }
  return new Promise((resolve) => {
    const send = () => socket.send("who", port, host);
    const again = setInterval(send, 200);
    const late = setTimeout(() => finish("no answer"), 10_000);
    const finish = (message) => {
      clearInterval(again);
      clearTimeout(late);
      resolve(String(message));
    };
    socket.once("message", finish);
    send();
  });
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://pod");
  const given = (name) => searchParams.get(name);
  const answers = {
    "/": () => ({ pod: me, client: request.socket.remoteAddress.replace("::ffff:", "") }),
    "/addresses": addresses,
    "/ask": async () => (await askOften(given("url"), Number(given("count") ?? 1))).map(parsed),
    "/connect": () => connect(given("host"), Number(given("port"))),
    "/datagram": () => datagram(given("host"), Number(given("port")), given("flow")),
  };
  response.end(JSON.stringify(await answers[pathname]()));
});
server.listen(8080, () => writeFileSync(`ready-${me}`, ""));
createServer((_, response) => response.end(me)).listen(9090);

const parsed = (answer) => (answer.startsWith("{") ? JSON.parse(answer) : answer);

for (const type of ["udp4", "udp6"]) {
  const socket = createSocket({ type, ipv6Only: type === "udp6" });
  socket.on("message", (_, { address, port }) => socket.send(me, port, address));
  socket.on("error", () => {}).bind(5353);
}
process.on("SIGTERM", () => process.exit(0));
