import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DEFAULT_LOAD_BALANCER_RANGE,
  DEFAULT_POD_RANGE,
  DEFAULT_SERVICE_RANGE,
} from "../../src/net/address-pool.ts";
import { Cidr } from "../../src/net/cidr.ts";
import { FIRST_MIRROR, LoopbackMirror } from "../../src/net/loopback-mirror.ts";
import { checkMirrors, MirrorCollisionError } from "../../src/net/mirror-collision.ts";

describe("the loopback mirror", () => {
  it.each([
    ["10.96.3.7", "127.96.3.7"],
    ["192.168.1.2", "127.168.1.2"],
    ["127.0.0.1", "127.0.0.1"],
    ["fd00::1", undefined],
    ["::ffff:10.0.0.1", undefined],
    ["", undefined],
    ["None", undefined],
  ])("of %s is %s", (address, mirror) => {
    expect(FIRST_MIRROR.addressOf(address)).toBe(mirror);
  });

  it.each([
    [1, "10.96.3.7", "127.116.3.7"],
    [1, "10.244.0.5", "127.8.0.5"],
    [5, "10.112.0.1", "127.212.0.1"],
    [1, "fd00::1", undefined],
    // What is at 127.0.0.x is this machine's own.
    [1, "10.236.0.1", undefined],
  ])("of number %i, of %s is %s", (number, address, mirror) => {
    expect(LoopbackMirror.numbered(number).addressOf(address)).toBe(mirror);
  });

  it("of one number shares no address with that of another, in the ranges that are the defaults", () => {
    const ranges = [DEFAULT_SERVICE_RANGE, DEFAULT_LOAD_BALANCER_RANGE, DEFAULT_POD_RANGE];
    const places = LoopbackMirror.all.flatMap((mirror) =>
      ranges.flatMap((text) => {
        const range = new Cidr(text);
        // A second octet is the smallest part that mirrors are made of.
        const octets = Math.max(1, 2 ** (16 - range.prefixLength));
        return Array.from({ length: octets }, (_, i) => mirror.addressOf(range.at(i * 65_536)));
      }),
    );
    expect(new Set(places).size).toBe(places.length);
    expect(new Set(LoopbackMirror.all.map(({ node }) => node)).size).toBe(6);
  });

  it("leads back to the address that it was made of", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const first = fc.integer({ min: 1, max: 223 });
    fc.assert(
      fc.property(
        fc.constantFrom(...LoopbackMirror.all),
        first,
        octet,
        octet,
        octet,
        (mirror, ...octets) => {
          const address = octets.join(".");
          const mirrored = mirror.addressOf(address);
          fc.pre(mirrored !== undefined && mirrored !== address);
          expect(mirror.sourcesOf(mirrored as string)).toContain(address);
        },
      ),
    );
  });
});

describe("mirrored ranges", () => {
  const services = { use: "services", range: "10.96.0.0/12" };
  const pods = (range: string) => ({ use: "pods", range });

  it.each([
    ["kubeadm's", "10.244.0.0/16"],
    ["IPv6, which has no mirror", "fd00::/64"],
  ])("are accepted: %s", (_, range) => {
    expect(() => checkMirrors([services, pods(range)])).not.toThrow();
  });

  it.each([
    ["the same range", "10.96.0.0/12"],
    ["another first octet, the same mirror", "172.96.0.0/16"],
    ["a range inside", "10.100.0.0/24"],
    ["a range around", "10.0.0.0/8"],
    ["more than its first octet", "0.0.0.0/4"],
  ])("are refused when they collide: %s", (_, range) => {
    const check = () => checkMirrors([services, pods(range)]);
    expect(check).toThrow(MirrorCollisionError);
  });

  it("are refused with both names and what to do", () => {
    expect(() => checkMirrors([services, pods("172.96.0.0/16")])).toThrow(
      "services 10.96.0.0/12 (here 127.96.0.0/12) and pods 172.96.0.0/16 (here 127.96.0.0/16) " +
        "would share local addresses; choose ranges that differ after their first octet",
    );
  });

  it("may not cover 127.0.0.1, where everything else listens", () => {
    expect(() => checkMirrors([{ use: "services", range: "10.0.0.0/24" }])).toThrow(
      /this machine 127\.0\.0\.1\/32/,
    );
  });
});
