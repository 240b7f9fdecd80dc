import { expect, test } from "vitest";
import { networkDialer } from "../../src/network/network-dialer.ts";
import { directDialer } from "../../src/proxy/direct-dialer.ts";

const unused = () => {
  throw new Error("nothing is dialed here");
};
const network = { has: (address: string) => address === "10.244.0.5", dial: unused, bind: unused };

test("connections go without a stream to every endpoint but those that are dialed inside a network", () => {
  const { streamAddress } = networkDialer(network, directDialer);
  expect(streamAddress?.({ address: "127.0.0.1", port: 80 })).toEqual({
    host: "127.0.0.1",
    port: 80,
  });
  expect(streamAddress?.({ address: "10.244.0.5", port: 80 })).toBeUndefined();
});
