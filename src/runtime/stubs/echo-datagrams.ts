import { createSocket } from "node:dgram";
import type { LocalAddress } from "../../proxy/local-address.ts";
import type { Listening } from "./echo-server.ts";

/** Returns every datagram to its sender. @throws the error of binding */
export async function listenForDatagrams({ host, port }: LocalAddress): Promise<Listening> {
  const socket = createSocket("udp4");
  socket.on("message", (message, { address, port: from }) => {
    // Nothing can be sent to port 0; Node would throw.
    if (from > 0) socket.send(message, from, address, () => {});
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off("error", reject).on("error", () => {});
      resolve();
    });
  });
  return { close: () => new Promise((resolve) => socket.close(() => resolve())) };
}
