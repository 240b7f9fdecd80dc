import { describe, expect, it } from "vitest";
import { mirrorAddress } from "../../src/net/loopback-mirror.ts";
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
    expect(mirrorAddress(address)).toBe(mirror);
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
