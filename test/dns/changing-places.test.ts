import { describe, expect, it } from "vitest";
import { changePlaces, NOTHING, packPlaces } from "../../src/dns/changing-places.ts";

const none = { serialAt: -1, addressesAt: [], addressSize: 4 };

describe("the places of an answer that change", () => {
  it("are none, or one serial", () => {
    expect(packPlaces(none)).toBe(NOTHING);
    const answer = new Uint8Array(40);
    changePlaces(answer, packPlaces({ ...none, serialAt: 30 }) as number, 0x81020304, Math.random);
    expect([...answer.subarray(29, 35)]).toEqual([0, 0x81, 2, 3, 4, 0]);
  });

  it.each([4, 16])("are addresses of %i bytes, each of which may come first", (addressSize) => {
    const addressesAt = [0, 1, 2].map((i) => 50 + i * (addressSize + 12));
    const packed = packPlaces({ serialAt: -1, addressesAt, addressSize }) as number;
    const orders = new Set<string>();
    for (let step = 0; step < 36; step++) {
      const answer = new Uint8Array(160).fill(9);
      for (const [i, at] of addressesAt.entries()) answer.fill(i, at, at + addressSize);
      let call = 0;
      changePlaces(answer, packed, 0, () =>
        call++ === 0 ? (step % 6) / 6 : Math.floor(step / 6) / 6,
      );
      const found = addressesAt.map((at) => answer.subarray(at, at + addressSize));
      for (const address of found) expect(new Set(address).size).toBe(1);
      orders.add(found.map(([byte]) => byte).join());
      expect(answer.filter((byte) => byte === 9)).toHaveLength(160 - 3 * addressSize);
    }
    expect(orders.size).toBe(6);
  });

  it.each([
    ["apart", { ...none, addressesAt: [50, 66, 90] }],
    ["with a serial", { ...none, serialAt: 10, addressesAt: [50, 66] }],
    ["too many", { ...none, addressesAt: Array.from({ length: 2048 }, (_, i) => 50 + 16 * i) }],
  ])("are not packed when they are %s", (_, places) => {
    expect(packPlaces(places)).toBeUndefined();
  });
});
