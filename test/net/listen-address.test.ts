import { describe, expect, test } from "vitest";
import { InvalidListenAddressError, parseListenAddress } from "../../src/net/listen-address.ts";
import { isLoopback } from "../../src/net/loopback.ts";
import { peerAddress } from "../../src/net/peer-address.ts";

describe("an address to listen on", () => {
  test.each([
    ["127.0.0.1:53", "127.0.0.1", 53],
    [":10053", "127.0.0.1", 10_053],
    ["localhost:80", "127.0.0.1", 80],
    ["[::]:0", "::", 0],
    ["[::1]:65535", "::1", 65_535],
    ["0.0.0.0:1", "0.0.0.0", 1],
  ])("%s", (text, host, port) => {
    expect(parseListenAddress(text)).toEqual({ host, port });
  });

  test.each([
    "",
    ":",
    "53",
    "localhost",
    "localhost:",
    "1.2.3.4:99999",
    "1.2.3.4:-1",
    "1.2.3.4:1 ",
    "1.2.3:80",
    "01.2.3.4:80",
    "::1:53",
    "[127.0.0.1]:53",
    "[::1:53",
    "[]:53",
    "example.com:80",
    "constructor:80",
  ])("is not %j", (text) => {
    expect(() => parseListenAddress(text)).toThrow(InvalidListenAddressError);
    expect(() => parseListenAddress(text)).toThrow(/is no address and port; write 127/);
  });
});

test.each([
  ["127.0.0.1", true],
  ["127.96.3.7", true],
  ["::1", true],
  ["10.0.0.1", false],
  ["::", false],
  ["1127.0.0.1", false],
])("%s is a loopback address: %s", (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});

test.each([
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["192.0.2.1", "192.0.2.1"],
  ["2001:db8::1", "2001:db8::1"],
  ["::ffff:c000:201", "::ffff:c000:201"],
])("a peer at %s is %s", (address, expected) => {
  expect(peerAddress(address)).toBe(expected);
});
