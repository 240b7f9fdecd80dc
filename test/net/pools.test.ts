import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressPool, staticAddressBand } from "../../src/net/address-pool.ts";
import { OffsetAllocator } from "../../src/net/offset-allocator.ts";
import { PortPool, staticPortBand } from "../../src/net/port-pool.ts";

describe("the bands of P.8", () => {
  it.each([
    ["/12", 2 ** 20, 256],
    ["/16", 65536, 256],
    ["/20", 4096, 256],
    ["/21", 2048, 128],
    ["/24", 256, 16],
    ["/27", 32, 16],
    ["/28", 16, 0],
    ["/32", 1, 0],
  ])("leave of a %s the first addresses to explicit claims", (_, size, band) => {
    expect(staticAddressBand(size)).toBe(band);
  });

  it.each([
    ["the default range", 2768, 86],
    ["a huge range", 30000, 128],
    ["a small range", 100, 16],
    ["a tiny range", 16, 0],
  ])("leave of %s of ports the first to explicit claims", (_, size, band) => {
    expect(staticPortBand(size)).toBe(band);
  });

  it("are used from above: the upper band is full before the lower one is touched", () => {
    const pool = new AddressPool("10.0.0.0/24");
    const given = Array.from({ length: 254 }, (_, i) => pool.allocate(`ns/s${i}`)!);
    const offsets = given.map((address) => pool.range.offsetOf(address)!);
    expect(Math.min(...offsets.slice(0, 239))).toBe(16);
    expect(Math.max(...offsets.slice(239))).toBe(15);
    expect(new Set(given).size).toBe(254);
    expect(pool.allocate("ns/one-more")).toBeUndefined();
    pool.release(given[7]!);
    expect(pool.allocate("ns/one-more")).toBe(given[7]);
  });
});

describe("addresses", () => {
  it("are the same in every run, and far apart for similar names", () => {
    const allocate = () => {
      const pool = new AddressPool("10.96.0.0/12");
      return ["shop/web", "shop/web2", "shop/db"].map((name) => pool.allocate(name));
    };
    expect(allocate()).toEqual(allocate());
    expect(new Set(allocate().map((ip) => ip?.split(".")[2])).size).toBe(3);
  });

  it("of a name whose place is taken are the next free ones", () => {
    const place = new AddressPool("10.96.0.0/12").allocate("shop/web")!;
    const pool = new AddressPool("10.96.0.0/12");
    expect(pool.claim(place)).toBeUndefined();
    const offset = pool.range.offsetOf(place)!;
    expect(pool.allocate("shop/web")).toBe(pool.range.at(offset + 1));
  });

  it.each([
    ["10.0.0.7", undefined],
    ["10.0.0.0", "reserved"],
    ["10.0.0.255", "reserved"],
    ["10.0.1.0", "outside"],
    ["fd00::1", "outside"],
    ["no address", "outside"],
  ])("%s can be claimed, or not because %o", (address, refusal) => {
    const pool = new AddressPool("10.0.0.0/24");
    expect(pool.claim(address)).toBe(refusal);
    expect(pool.claim(address)).toBe(refusal ?? "taken");
    pool.release(address);
    expect(pool.claim(address)).toBe(refusal);
  });

  it("of IPv6 have no broadcast address", () => {
    const pool = new AddressPool("fd00::/120");
    expect(pool.claim("fd00::")).toBe("reserved");
    expect(pool.claim("fd00::ff")).toBeUndefined();
    expect(new AddressPool("10.0.0.5/32").allocate("x")).toBe("10.0.0.5");
  });
});

describe("ports", () => {
  it("come from above 30085 as long as there are any", () => {
    const pool = new PortPool();
    const given = Array.from({ length: 2768 }, (_, i) => pool.allocate(`ns/s${i}/http`)!);
    expect(Math.min(...given.slice(0, 2682))).toBe(30086);
    expect(Math.max(...given.slice(2682))).toBe(30085);
    expect(new Set(given).size).toBe(2768);
    expect(pool.allocate("more")).toBeUndefined();
  });

  it.each([
    [30000, undefined],
    [32767, undefined],
    [29999, "outside"],
    [32768, "outside"],
    [Number.NaN, "outside"],
  ])("%d can be claimed, or not because %o", (port, refusal) => {
    const pool = new PortPool();
    expect(pool.claim(port)).toBe(refusal);
    expect(pool.claim(port)).toBe(refusal ?? "taken");
  });

  it("of an empty range are none", () => {
    const pool = new PortPool({ first: 2, last: 1 });
    expect(pool.allocate("x")).toBeUndefined();
    expect(pool.claim(1)).toBe("outside");
  });
});

describe("an allocator", () => {
  it("never gives an offset twice, and gives every one that is free", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("allocate" as const), value: fc.nat(30) }),
      fc.record({ do: fc.constant("claim" as const), value: fc.integer({ min: -2, max: 22 }) }),
      fc.record({ do: fc.constant("release" as const), value: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(20), (steps, staticBand) => {
        const excluded = [0, 19];
        const allocator = new OffsetAllocator({ size: 20, staticBand, excluded });
        const taken = new Set<number>();
        for (const { do: what, value } of steps) {
          const possible =
            value >= 0 && value < 20 && !taken.has(value) && !excluded.includes(value);
          if (what === "claim") {
            expect(allocator.claim(value)).toBe(possible);
            if (possible) taken.add(value);
          } else if (what === "release") {
            allocator.release(value);
            taken.delete(value);
          } else {
            const offset = allocator.allocate(`name ${value}`);
            if (taken.size === 18) expect(offset).toBeUndefined();
            else {
              expect(taken.has(offset!)).toBe(false);
              expect(excluded).not.toContain(offset);
              const upper = Array.from({ length: 20 - staticBand }, (_, i) => staticBand + i);
              const room = upper.some((o) => !taken.has(o) && !excluded.includes(o));
              if (room) expect(offset).toBeGreaterThanOrEqual(staticBand);
              taken.add(offset!);
            }
          }
          expect(allocator.free).toBe(18 - taken.size);
        }
      }),
    );
  });
});
