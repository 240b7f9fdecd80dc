import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { expect, test } from "vitest";
import { TestCluster } from "./cluster.ts";

const H2C = { spec: { ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }] } };

/** Begins to answer before it has read the request. */
const answering = {
  "HTTP/1.1": () => http.createServer((_req, res) => res.write("part of the answer")),
  "HTTP/2": () => http2.createServer((_req, res) => res.write("part of the answer")),
};

test.each(["HTTP/1.1", "HTTP/2"] as const)(
  "a body that turns out to be none breaks an answer of %s off that has begun",
  async (to) => {
    await using cluster = new TestCluster();
    const gateway = await cluster.gateway();
    cluster.serve("web", [await cluster.pod(answering[to]())], to === "HTTP/2" ? H2C : {});
    const client = net.connect(gateway.port, "127.0.0.1");
    client.on("error", () => {});
    let got = "";
    client.setEncoding("latin1").on("data", (text) => {
      const before = got;
      got += text;
      const isPart = (all: string) => all.includes("part of the answer");
      if (isPart(got) && !isPart(before)) client.write("no chunk\r\n");
    });
    client.write(
      "POST / HTTP/1.1\r\nHost: web.shop\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    );
    await new Promise((resolve) => client.on("close", resolve));
    expect(got).toMatch(/^HTTP\/1\.1 200 [\s\S]*part of the answer\r\n$/);
    await expect.poll(() => gateway.events).toMatchObject([{ status: 200, aborted: "client" }]);
  },
);
