import { spawn } from "node:child_process";
import dgram from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type ListenOptions } from "node:net";
import { describe, expect, it } from "vitest";
import { describeHolder, portHolder } from "../../src/net/port-holder.ts";

const LISTENER = `
  const server = require("node:net").createServer().listen(0, "127.0.0.1", () => {
    console.log(server.address().port);
  });
`;

describe.runIf(process.platform === "linux")("who holds a port", () => {
  it.each<[string, ListenOptions, string]>([
    ["on the address itself", { host: "127.0.0.1" }, "127.0.0.1"],
    ["on all addresses of IPv4", { host: "0.0.0.0" }, "127.96.3.7"],
    ["on all addresses of both families", { host: "::" }, "127.96.3.7"],
  ])("is found %s", async (_, options, asked) => {
    const server = createServer().listen({ port: 0, ...options });
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    expect(portHolder(asked, port)).toMatchObject({ pid: process.pid, uid: process.getuid?.() });
    server.close();
  });

  it("is found for UDP, and told apart from TCP", async () => {
    const socket = dgram.createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address();
    expect(portHolder("127.0.0.1", port, "UDP")?.pid).toBe(process.pid);
    expect(portHolder("127.0.0.1", port, "TCP")?.pid).not.toBe(process.pid);
    socket.close();
  });

  it("is nobody where another address has the port", async () => {
    const server = createServer().listen(0, "127.0.0.9");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    expect(portHolder("127.0.0.8", port)).toBeUndefined();
    server.close();
  });

  it("is told with its command line and pid", async () => {
    const child = spawn(process.execPath, ["-e", LISTENER]);
    const [line] = await once(child.stdout, "data");
    const holder = portHolder("127.0.0.1", Number(line));
    expect(holder).toMatchObject({ pid: child.pid, command: expect.stringMatching(/^node -e /) });
    expect(describeHolder({ pid: 812, command: "node server.js", uid: 1 })).toBe(
      "node server.js (pid 812)",
    );
    expect(describeHolder({ uid: 33 })).toBe("a program of user 33 (sudo ss -tulpn names it)");
    child.kill();
  });
});
