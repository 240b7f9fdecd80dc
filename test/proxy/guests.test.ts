import { execFile } from "node:child_process";
import http from "node:http";
import net from "node:net";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeWith } from "../support/tools.ts";
import { raw, TestCluster, type TestGateway } from "./cluster.ts";

const SECRET = "4kXUsV1f6wq0Zr8cJm2N9aBd";

let cluster: TestCluster;
let gateway: TestGateway;
/** A server that is none of the cluster's. */
let outside: http.Server;
let outsidePort: number;
/** The header fields of its last request. */
let seen: http.IncomingHttpHeaders = {};

beforeEach(async () => {
  cluster = new TestCluster();
  gateway = await cluster.gateway({ secret: SECRET });
  const answering = (text: string) => cluster.httpPod((_request, response) => response.end(text));
  cluster.serve("web", [await answering("shop's web")], { spec: { ports: [{ port: 80 }] } });
  cluster.serve("web", [await answering("blog's web")], {
    namespace: "blog",
    spec: { ports: [{ port: 80 }] },
  });
  cluster.serve("none", [], { spec: { ports: [{ port: 80 }] } });
  cluster.serve("alias", [], { spec: { type: "ExternalName", externalName: "localhost" } });
  outside = http.createServer((request, response) => {
    seen = request.headers;
    response.end(`outside ${request.url}`);
  });
  await new Promise<void>((resolve) => outside.listen(0, "127.0.0.1", resolve));
  outsidePort = (outside.address() as net.AddressInfo).port;
});

afterEach(async () => {
  await cluster[Symbol.asyncDispose]();
  outside.closeAllConnections();
  await new Promise((resolve) => outside.close(resolve));
});

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

const get = (url: string, ...fields: readonly string[]) => {
  const host = `Host: ${new URL(url).host}`;
  const lines = [`GET ${url} HTTP/1.1`, host, "Connection: close", ...fields];
  return raw(gateway.port, `${lines.join("\r\n")}\r\n\r\n`);
};

const asGuest = (namespace: string) => `Proxy-Authorization: ${basic(namespace, SECRET)}`;

const bodyOf = (answer: string) => answer.slice(answer.indexOf("\r\n\r\n") + 4);
const statusOf = (answer: string) => Number(answer.slice(9, 12));

describe("a client with the secret", () => {
  it.each([
    ["shop", "web", "shop's web"],
    ["blog", "web", "blog's web"],
    ["blog", "web.shop", "shop's web"],
  ])("has the short names of its namespace: in %s %s is %s", async (namespace, host, expected) => {
    expect(bodyOf(await get(`http://${host}/`, asGuest(namespace)))).toContain(expected);
  });

  it("is led to a host outside, by name and by address, and shows the secret to nobody there", async () => {
    for (const host of ["localhost", "127.0.0.1"]) {
      const answer = await get(`http://${host}:${outsidePort}/x?y`, asGuest("shop"));
      expect(bodyOf(answer)).toContain("outside /x?y");
      expect(JSON.stringify(seen)).not.toMatch(/authorization/i);
    }
  });

  it("is led through CONNECT", async () => {
    const inner = "GET /in HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    const connect = `CONNECT localhost:${outsidePort} HTTP/1.1\r\nHost: a\r\n${asGuest("shop")}\r\n\r\n`;
    expect(await raw(gateway.port, connect + inner)).toContain("outside /in");
  });

  it("is led to the host that an ExternalName stands for", async () => {
    const answer = await get(`http://alias:${outsidePort}/`, asGuest("shop"));
    expect(bodyOf(answer)).toContain("outside /");
  });

  it("is told why a Service does not answer, as everybody is", async () => {
    expect(await get("http://none/", asGuest("shop"))).toMatch(/^HTTP\/1\.1 503 /);
    expect(await get("http://web:81/", asGuest("shop"))).toMatch(/^HTTP\/1\.1 404 /);
    expect(await get("http://nobody.shop.svc.cluster.local/", asGuest("shop"))).toMatch(
      /^HTTP\/1\.1 404 /,
    );
  });

  it("is told that a host outside is not there", async () => {
    const answer = await get("http://nowhere.invalid/", asGuest("shop"));
    expect(statusOf(answer)).toBe(502);
    expect(answer).toContain("nowhere.invalid");
  });

  it("leaves the secret in no event and no answer", async () => {
    const answers = [
      await get("http://web/", asGuest("shop")),
      await get("http://nowhere.invalid/", asGuest("shop")),
      await get("http://none/", asGuest("shop"), "Accept: text/html"),
      await get(`http://localhost:${outsidePort}/`, asGuest("shop")),
    ];
    const told = JSON.stringify([answers, gateway.events]);
    expect(gateway.events.length).toBeGreaterThanOrEqual(4);
    for (const each of [SECRET, Buffer.from(`shop:${SECRET}`).toString("base64")]) {
      expect(told).not.toContain(each);
    }
    // A host outside is no Service in figures and pictures.
    expect(gateway.events.at(-1)).not.toHaveProperty("service");
    expect(gateway.events.at(-1)).not.toHaveProperty("pod");
  });
});

describe("without the secret it is no open proxy", () => {
  it.each([
    ["nothing", []],
    ["no password", [`Proxy-Authorization: ${basic("shop", "")}`]],
    ["another password", [`Proxy-Authorization: ${basic("shop", `${SECRET}x`)}`]],
    ["the beginning of it", [`Proxy-Authorization: ${basic("shop", SECRET.slice(0, -1))}`]],
    ["it in other letters", [`Proxy-Authorization: ${basic("shop", SECRET.toLowerCase())}`]],
    ["it as the user", [`Proxy-Authorization: ${basic(SECRET, "shop")}`]],
    ["a user that is no namespace", [`Proxy-Authorization: ${basic("../shop", SECRET)}`]],
    ["no user", [`Proxy-Authorization: ${basic("", SECRET)}`]],
    ["no colon", [`Proxy-Authorization: Basic ${Buffer.from(SECRET).toString("base64")}`]],
    ["another scheme", [`Proxy-Authorization: Bearer ${SECRET}`]],
    ["it for the server", [`Authorization: ${basic("shop", SECRET)}`]],
    ["it twice, once wrong", [asGuest("shop"), `Proxy-Authorization: ${basic("shop", "x")}`]],
    ["it in another field", [`X-Proxy-Authorization: ${basic("shop", SECRET)}`]],
    ["letters that are no base64", ["Proxy-Authorization: Basic ????"]],
  ])("with %s", async (_, fields) => {
    seen = {};
    const absolute = await get(`http://127.0.0.1:${outsidePort}/`, ...fields);
    expect(statusOf(absolute)).toBe(404);
    const lines = [
      `CONNECT 127.0.0.1:${outsidePort} HTTP/1.1`,
      "Host: a",
      "Connection: close",
      ...fields,
    ];
    const connect = await raw(gateway.port, `${lines.join("\r\n")}\r\n\r\n`, true);
    expect(statusOf(connect)).toBe(404);
    // Services are for everybody, by their full names.
    expect(bodyOf(await get("http://web.shop/", ...fields))).toContain("shop's web");
    expect(seen).toEqual({});
  });

  it("goes by each request, not by the connection", async () => {
    const request = (...fields: readonly string[]) =>
      [`GET http://localhost:${outsidePort}/ HTTP/1.1`, "Host: a", ...fields, "", ""].join("\r\n");
    const answers = await raw(
      gateway.port,
      request(asGuest("shop")) + request("Connection: close"),
    );
    expect(answers.match(/HTTP\/1\.1 (\d+)/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 404"]);
  });

  it("holds for a request by its Host, with the secret too", async () => {
    const text = `GET / HTTP/1.1\r\nHost: localhost:${outsidePort}\r\n${asGuest("shop")}\r\nConnection: close\r\n\r\n`;
    expect(statusOf(await raw(gateway.port, text))).not.toBe(200);
  });

  it("holds for a gateway that has no secret", async () => {
    const plain = await cluster.gateway();
    const text = `GET http://localhost:${outsidePort}/ HTTP/1.1\r\nHost: a\r\n${asGuest("shop")}\r\nConnection: close\r\n\r\n`;
    expect(statusOf(await raw(plain.port, text))).toBe(404);
  });
});

describe("SOCKS5", () => {
  const HELLO = [5, 2, 0, 2];
  const login = (user: string, password: string) => [
    1,
    user.length,
    ...Buffer.from(user),
    password.length,
    ...Buffer.from(password),
  ];
  const to = (host: string, port: number) => [
    ...[5, 1, 0, 3, host.length, ...Buffer.from(host)],
    port >> 8,
    port & 255,
  ];
  const ask = async (bytes: readonly number[]) =>
    Buffer.from(await raw(gateway.port, Buffer.from(bytes), true), "latin1");
  const http = (host: string) =>
    Buffer.from(`GET /s HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);

  it("with the secret leads to short names and outside", async () => {
    const start = [...HELLO, ...login("blog", SECRET)];
    const web = await ask([...start, ...to("web", 80), ...http("web")]);
    expect([...web.subarray(0, 6)]).toEqual([5, 2, 1, 0, 5, 0]);
    expect(web.toString()).toContain("blog's web");
    const out = await ask([...start, ...to("localhost", outsidePort), ...http("localhost")]);
    expect(out.toString()).toContain("outside /s");
  });

  it.each([
    ["another password", login("shop", `${SECRET.slice(1)}x`)],
    ["no password", login("shop", "")],
    ["another version", [5, ...login("shop", SECRET).slice(1)]],
  ])("with %s ends", async (_, credentials) => {
    const answer = await ask([...HELLO, ...credentials, ...to("localhost", outsidePort)]);
    expect([...answer]).toEqual([5, 2, 1, 1]);
  });

  it("without a password leads to Services alone", async () => {
    const web = await ask([5, 1, 0, ...to("web.shop", 80), ...http("web.shop")]);
    expect(web.toString()).toContain("shop's web");
    const out = await ask([5, 1, 0, ...to("localhost", outsidePort)]);
    expect([...out.subarray(0, 4)]).toEqual([5, 0, 5, 2]);
  });

  it("reads a login that comes byte by byte", async () => {
    const socket = net.connect({ host: "127.0.0.1", port: gateway.port, noDelay: true });
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    const all = [...HELLO, ...login("shop", SECRET), ...to("web", 80), ...http("web")];
    for (const byte of all) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => Buffer.concat(chunks).toString()).toContain("shop's web");
    socket.destroy();
  });
});

describeWith(["curl"], "curl", () => {
  it("takes the secret from its variables", async () => {
    const proxy = `http://shop:${SECRET}@127.0.0.1:${gateway.port}`;
    const curl = async (url: string, env: Record<string, string>) =>
      (
        await promisify(execFile)("curl", ["-sS", "--noproxy", "", url], {
          env: { PATH: process.env["PATH"] ?? "", ...env },
        })
      ).stdout;
    expect(await curl("http://web/", { http_proxy: proxy })).toBe("shop's web");
    const socks = proxy.replace("http:", "socks5h:");
    for (const env of [{ http_proxy: proxy }, { ALL_PROXY: socks }]) {
      expect(await curl(`http://localhost:${outsidePort}/`, env)).toBe("outside /");
    }
  });
});
