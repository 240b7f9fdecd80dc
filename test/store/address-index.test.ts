import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressIndex } from "../../src/store/address-index.ts";

interface Host {
  readonly apiVersion: "v1";
  readonly kind: "Host";
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: readonly string[];
}

function host(name: string, ...addresses: string[]): Host {
  return { apiVersion: "v1", kind: "Host", metadata: { name, namespace: "a" }, spec: addresses };
}

const names = (hosts: readonly Host[]) => hosts.map(({ metadata }) => metadata.name).sort();

describe("an address index", () => {
  it("is made by the first question, and names no addresses before", () => {
    const all = [host("one", "10.0.0.1"), host("two", "10.0.0.1", "10.0.0.2")];
    let listed = 0;
    const index = new AddressIndex<Host>(
      ({ spec }) => spec,
      () => {
        listed++;
        return all;
      },
    );
    expect([...index.change(undefined, all[0])]).toEqual([]);
    expect(listed).toBe(0);
    expect(names(index.with("10.0.0.1"))).toEqual(["one", "two"]);
    expect(names(index.with("10.0.0.3"))).toEqual([]);
    expect(listed).toBe(1);
    expect([...index.change(all[1], host("two", "10.0.0.3"))].sort()).toEqual([
      "10.0.0.1",
      "10.0.0.2",
      "10.0.0.3",
    ]);
    expect(names(index.with("10.0.0.1"))).toEqual(["one"]);
    expect(names(index.with("10.0.0.3"))).toEqual(["two"]);
  });

  it("finds what a search through all objects finds", () => {
    const addresses = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 5 });
    const step = fc.record({
      name: fc.constantFrom("one", "two", "constructor"),
      to: fc.option(addresses, { nil: undefined }),
      ask: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const objects = new Map<string, Host>();
        const index = new AddressIndex<Host>(
          ({ spec }) => spec,
          () => [...objects.values()],
        );
        for (const { name, to, ask } of steps) {
          const before = objects.get(name);
          const after = to === undefined ? undefined : host(name, ...to);
          if (after === undefined) objects.delete(name);
          else objects.set(name, after);
          index.change(before, after);
          if (!ask) continue;
          for (const address of ["a", "b", "c", "d"]) {
            const right = [...objects.values()].filter(({ spec }) => spec.includes(address));
            expect(names(index.with(address))).toEqual(names(right));
          }
        }
      }),
    );
  });
});
