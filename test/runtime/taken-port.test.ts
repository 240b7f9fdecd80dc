import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { whoHasThePort } from "../../src/runtime/taken-port.ts";
import { node, podNamed, run, scene } from "./harness.ts";

const nginx = (port: number) =>
  port === 8000 ? { pid: 812, command: "nginx", uid: 0 } : undefined;

describe("who has the port that a program says it can't have", () => {
  it.each([
    ["Error: listen EADDRINUSE: address already in use :::8000", [8080]],
    ["listen tcp :8000: bind: address already in use", [8080]],
    ["listen tcp 127.0.0.1:8000: bind: address already in use", []],
    ["OSError: [Errno 98] Address already in use", [8080, 8000]],
    ["java.net.BindException: Address already in use", [8000]],
    ["Web server failed to start. Port already in use", [8000]],
  ])("is told after %j", (line, ports) => {
    expect(whoHasThePort(line, ports, nginx)).toBe(" (nginx (pid 812) listens on 8000)");
  });

  it.each([
    ["Error: no such database", [8000]],
    ["Error: listen EADDRINUSE: address already in use :::9000", [8000]],
    ["OSError: [Errno 98] Address already in use", []],
  ])("is nobody after %j", (line, ports) => {
    expect(whoHasThePort(line, ports, nginx)).toBe("");
  });

  it.runIf(process.platform === "linux")("is said of a pod that dies of it", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await using it = scene([podNamed("a", { containers: [{ name: "main" }] })], {
      run: [run(node(`require("node:net").createServer().listen(${port})`))],
    });
    const holder = `(kubelane itself (pid ${process.pid}) listens on ${port})`;
    await it.until("its end", () => it.message("a").endsWith(holder));
    server.close();
  });
});
