import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, it } from "vitest";
import { reset } from "../../src/proxy/reset.ts";

/** Both ends of a connection. */
async function pair(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const near = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const [far] = (await once(server, "connection")) as [Socket];
  server.close();
  await once(near, near.connecting ? "connect" : "ready");
  far.on("error", () => {});
  return { near, far };
}

it.each([
  ["idle", () => {}],
  ["waiting for its end to be sent", (socket: Socket) => void socket.end()],
  ["with much to send", (socket: Socket) => void socket.end(Buffer.alloc(50_000_000))],
])("a connection that is cut off %s is closed", async (_name, before) => {
  const { near, far } = await pair();
  const errors: Error[] = [];
  near.on("error", (error) => errors.push(error));
  before(near);
  await new Promise((resolve) => process.nextTick(resolve));
  reset(near);
  await once(near, "close");
  expect(errors).toEqual([]);
  // The other side hears of it, by an end or by a reset.
  const heard = new Promise((resolve) => far.once("end", resolve).once("close", resolve));
  far.resume();
  if (!far.closed) await heard;
  far.destroy();
});
