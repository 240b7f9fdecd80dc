import net from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { raw, TestCluster, type TestGateway } from "./cluster.ts";

let cluster: TestCluster;
let gateway: TestGateway;

beforeEach(async () => {
  cluster = new TestCluster();
  gateway = await cluster.gateway();
  const pod = await cluster.pod(
    net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)),
  );
  cluster.serve("db", [pod], { spec: { clusterIP: "10.96.0.9", ports: [{ port: 5432 }] } });
  cluster.serve("none", [], { spec: { ports: [{ port: 5432 }] } });
});

afterEach(() => cluster[Symbol.asyncDispose]());

const HELLO = [5, 1, 0];
const name = (text: string, port: number) => [
  5,
  1,
  0,
  3,
  text.length,
  ...Buffer.from(text),
  port >> 8,
  port & 255,
];
const PORT = [5432 >> 8, 5432 & 255];

async function ask(bytes: readonly number[]): Promise<Buffer> {
  return Buffer.from(await raw(gateway.port, Buffer.from(bytes), true), "latin1");
}

test.each([
  ["a name", name("db.shop", 5432)],
  ["a full name", name("db.shop.svc.cluster.local", 5432)],
  ["a ClusterIP", [5, 1, 0, 1, 10, 96, 0, 9, ...PORT]],
])("opens a tunnel to %s", async (_name, request) => {
  const answer = await ask([...HELLO, ...request, ...Buffer.from("hello")]);
  expect([...answer.subarray(0, 12)]).toEqual([5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  expect(answer.subarray(12).toString()).toBe("hello");
});

test.each([
  ["a name that is no Service", name("example.com", 443), 2],
  ["an address that is no ClusterIP", [5, 1, 0, 1, 127, 0, 0, 1, 0, 22], 2],
  ["another port", name("db.shop", 22), 2],
  ["a Service without pods", name("none.shop", 5432), 4],
  ["BIND", [5, 2, ...name("db.shop", 5432).slice(2)], 7],
  ["an unknown address type", [5, 1, 0, 9, 1, 2, 3, 4, 5, 6], 8],
  ["port 0", name("db.shop", 0), 8],
  ["a name that is none", name("db.shop:22/x", 5432), 8],
  ["IPv6", [5, 1, 0, 4, ...new Array(15).fill(0), 1, ...PORT], 2],
])("refuses %s", async (_name, request, code) => {
  const answer = await ask([...HELLO, ...request]);
  expect([...answer]).toEqual([5, 0, 5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
});

test("says so when a client insists on a password", async () => {
  expect([...(await ask([5, 1, 2]))]).toEqual([5, 0xff]);
});

test("reads a handshake that comes byte by byte", async () => {
  const socket = net.connect({ host: "127.0.0.1", port: gateway.port, noDelay: true });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  for (const byte of [...HELLO, ...name("db.shop", 5432), ...Buffer.from("ping")]) {
    socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await expect.poll(() => Buffer.concat(chunks).toString()).toMatch(/ping$/);
  socket.destroy();
});
