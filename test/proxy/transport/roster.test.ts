import v8 from "node:v8";
import vm from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Enlisted, NOWHERE, Roster } from "../../../src/proxy/transport/roster.ts";

class Member implements Enlisted {
  slot = NOWHERE;
  readonly id: number;
  readonly ballast = new Array<number>(64).fill(0);

  constructor(id: number) {
    this.id = id;
  }
}

const ids = (members: Iterable<Member>) => [...members].map(({ id }) => id).sort((a, b) => a - b);

describe("a roster", () => {
  it("has those that were added and not deleted, as a Set would", () => {
    const step = fc.record({ adds: fc.boolean(), id: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const members = Array.from({ length: 10 }, (_, id) => new Member(id));
        const roster = new Roster<Member>();
        const model = new Set<Member>();
        for (const { adds, id } of steps) {
          const member = members[id] as Member;
          if (!adds) {
            roster.delete(member);
            model.delete(member);
          } else if (!model.has(member)) {
            roster.add(member);
            model.add(member);
          }
          expect(roster.size).toBe(model.size);
          expect(ids(roster)).toEqual(ids(model));
        }
      }),
    );
  });

  it("visits whoever stays, whatever comes and goes meanwhile", () => {
    const deletions = fc.array(fc.array(fc.nat(7), { maxLength: 4 }), {
      minLength: 8,
      maxLength: 8,
    });
    fc.assert(
      fc.property(deletions, fc.nat(3), (deleted, added) => {
        const members = Array.from({ length: 8 }, (_, id) => new Member(id));
        const roster = new Roster<Member>();
        for (const member of members) roster.add(member);
        const visited = new Set<number>();
        for (const { id } of roster) {
          if (visited.has(id)) continue;
          visited.add(id);
          for (const other of deleted[id] ?? []) roster.delete(members[other] as Member);
          if (visited.size === 1) for (let i = 0; i < added; i++) roster.add(new Member(8 + i));
        }
        for (const { id } of roster) if (id < 8) expect(visited).toContain(id);
      }),
    );
  });

  it("refuses a member of another one, which could be deleted from neither", () => {
    const member = new Member(1);
    new Roster<Member>().add(member);
    expect(() => new Roster<Member>().add(member)).toThrow("another");
  });

  it("ignores what is not in it", () => {
    const [here, there] = [new Roster<Member>(), new Roster<Member>()];
    const [mine, other] = [new Member(1), new Member(2)];
    here.add(mine);
    there.add(other);
    here.delete(other);
    here.delete(new Member(3));
    expect([here.size, there.size]).toEqual([1, 1]);
  });

  it("leaves what was deleted to the collector of young objects", () => {
    v8.setFlagsFromString("--expose-gc");
    const gc = vm.runInNewContext("gc") as (how?: { type: "minor" }) => void;
    const roster = new Roster<Member>();
    const members: Member[] = [];
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let id = 0; id < 200_000; id++) {
      const member = new Member(id);
      roster.add(member);
      members[id % 64] = member;
      const next = members[(id + 1) % 64];
      if (next !== undefined) roster.delete(next);
      if (id % 5_000 === 0) gc({ type: "minor" });
    }
    gc({ type: "minor" });
    // All of them are 120 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20e6);
  });
});
