import net from "node:net";
import { expect, test } from "vitest";
import { proxyHeader } from "../../src/proxy/proxy-protocol.ts";
import { createRelays } from "../../src/proxy/relays/relays.ts";
import { service } from "../balancer/objects.ts";
import { freePort } from "../support/free-port.ts";
import { TestCluster } from "./cluster.ts";

function annotated(version: string) {
  const plain = service("web");
  const annotations = { "kubelane.dev/proxy-protocol": version };
  return { ...plain, metadata: { ...plain.metadata, annotations } };
}

const V4 = {
  sourceAddress: "192.0.2.1",
  sourcePort: 1234,
  destinationAddress: "10.96.0.7",
  destinationPort: 80,
};
const V6 = {
  sourceAddress: "2001:db8::1",
  sourcePort: 1234,
  destinationAddress: "fd00::7",
  destinationPort: 80,
};
const SIGNATURE = "0d0a0d0a000d0a515549540a";

test.each([
  ["v1", V4, Buffer.from("PROXY TCP4 192.0.2.1 10.96.0.7 1234 80\r\n").toString("hex")],
  ["v1", V6, Buffer.from("PROXY TCP6 2001:db8::1 fd00::7 1234 80\r\n").toString("hex")],
  ["v2", V4, `${SIGNATURE}2111000cc00002010a60000704d20050`],
  [
    "v2",
    V6,
    `${SIGNATURE}2121002420010db8000000000000000000000001fd00000000000000000000000000000704d20050`,
  ],
  ["v1", { ...V4, destinationAddress: "::1" }, Buffer.from("PROXY UNKNOWN\r\n").toString("hex")],
  ["v2", { ...V4, destinationAddress: "::1" }, `${SIGNATURE}20000000`],
] as const)("%s of %j", (version, connection, hex) => {
  expect(proxyHeader(annotated(version), () => connection)?.toString("hex")).toBe(hex);
});

test("no annotation, no header", () => {
  expect(proxyHeader(service("web"), () => V4)).toBeUndefined();
  expect(proxyHeader(annotated("v3"), () => V4)).toBeUndefined();
});

test("a relay begins its connections with it", async () => {
  await using cluster = new TestCluster();
  const pod = await cluster.pod(
    net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)),
  );
  const put = cluster.serve("web", [pod], {
    spec: { type: "NodePort", ports: [{ port: 80, nodePort: 31_980 }] },
  });
  cluster.store.apply([
    { op: "put", object: { ...put, metadata: { ...put.metadata, ...annotated("v1").metadata } } },
  ]);
  const { store, balancer, dialer } = cluster;
  const port = await freePort();
  cluster.store.apply([
    {
      op: "put",
      object: {
        ...annotated("v1"),
        spec: { type: "NodePort", ports: [{ port: 80, nodePort: port }] },
      },
    },
  ]);
  await using relays = createRelays({ store, balancer, dialer });
  await relays.settled();
  const client = net.connect(port, "127.0.0.1");
  client.end("hello");
  let got = "";
  for await (const chunk of client) got += chunk;
  expect(got).toBe(
    `PROXY TCP4 127.0.0.1 127.0.0.1 ${client.localPort ?? /(\d+) \d+\r/.exec(got)?.[1]} ${port}\r\nhello`,
  );
});
