import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyJsonPatch } from "../../src/api/patch/json-patch.ts";
import { inOrder } from "../../src/api/patch/list-order.ts";
import { mergePatch } from "../../src/api/patch/merge-patch.ts";
import { strategicMergePatch } from "../../src/api/patch/strategic-merge-patch.ts";

describe("a merge patch", () => {
  // The examples of RFC 7386, appendix A.
  it.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("%j with %j is %j", (target, patch, expected) => {
    expect(mergePatch(target, patch)).toEqual(expected);
  });

  it("takes any key as a key", () => {
    const patch = JSON.parse('{"metadata":{"labels":{"__proto__":"x"}}}');
    const result = mergePatch({ metadata: { labels: { a: "b" } } }, patch);
    expect(JSON.stringify(result)).toBe('{"metadata":{"labels":{"a":"b","__proto__":"x"}}}');
  });

  it("changes nothing in place, and a second time nothing more", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (target, patch) => {
        const before = structuredClone(target);
        const once = mergePatch(target, patch);
        expect(target).toEqual(before);
        expect(mergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});

const POD = "core/v1.Pod";
const pod = (spec: object) => ({ spec });

describe("a strategic merge patch", () => {
  const containers = [
    { name: "web", image: "web:1", ports: [{ containerPort: 80 }] },
    { name: "log", image: "log:1" },
  ];

  it.each<[string, object, object, object]>([
    [
      "merges containers by name",
      pod({ containers }),
      pod({ containers: [{ name: "log", image: "log:2" }] }),
      pod({ containers: [containers[0], { name: "log", image: "log:2" }] }),
    ],
    [
      "adds a container that is not there",
      pod({ containers }),
      pod({ containers: [{ name: "new", image: "new:1", command: null }] }),
      pod({ containers: [...containers, { name: "new", image: "new:1" }] }),
    ],
    [
      "removes a container by its directive",
      pod({ containers }),
      pod({ containers: [{ $patch: "delete", name: "web" }] }),
      pod({ containers: [containers[1]] }),
    ],
    [
      "replaces the whole list by its directive",
      pod({ containers }),
      pod({ containers: [{ $patch: "replace" }, { name: "only", image: "o" }] }),
      pod({ containers: [{ name: "only", image: "o" }] }),
    ],
    [
      "replaces lists that have no key",
      pod({ containers: [{ name: "web", command: ["a", "b"] }] }),
      pod({ containers: [{ name: "web", command: ["c"] }] }),
      pod({ containers: [{ name: "web", command: ["c"] }] }),
    ],
    [
      "removes what is null",
      pod({ containers, nodeName: "n1" }),
      pod({ nodeName: null }),
      pod({ containers }),
    ],
    [
      "replaces a mapping by its directive",
      pod({ nodeSelector: { a: "1", b: "2" } }),
      pod({ nodeSelector: { $patch: "replace", c: "3" } }),
      pod({ nodeSelector: { c: "3" } }),
    ],
    [
      "merges a set of words, and takes out of it",
      { metadata: { finalizers: ["a", "b"] } },
      { metadata: { finalizers: ["c"], "$deleteFromPrimitiveList/finalizers": ["a"] } },
      { metadata: { finalizers: ["b", "c"] } },
    ],
    [
      "keeps only the fields of a union that it names",
      pod({ volumes: [{ name: "v", emptyDir: {} }] }),
      pod({
        volumes: [{ name: "v", $retainKeys: ["name", "hostPath"], hostPath: { path: "/x" } }],
      }),
      pod({ volumes: [{ name: "v", hostPath: { path: "/x" } }] }),
    ],
    [
      "puts a list in the order that it asks for",
      pod({ containers: [{ name: "a" }, { name: "b" }, { name: "c" }] }),
      pod({
        containers: [{ name: "c", image: "x" }],
        "$setElementOrder/containers": [{ name: "c" }, { name: "a" }],
      }),
      pod({ containers: [{ name: "b" }, { name: "c", image: "x" }, { name: "a" }] }),
    ],
    [
      "puts a list in order without changing its items",
      pod({ containers: [{ name: "a" }, { name: "b" }] }),
      pod({ "$setElementOrder/containers": [{ name: "b" }, { name: "a" }] }),
      pod({ containers: [{ name: "b" }, { name: "a" }] }),
    ],
  ])("%s", (_, target, patch, expected) => {
    const before = structuredClone(target);
    expect(strategicMergePatch(target, patch, POD)).toEqual(expected);
    expect(target).toEqual(before);
  });

  it.each<[string, object, string]>([
    ["an item without its key", pod({ containers: [{ image: "x" }] }), "has no name"],
    ["an item that is no mapping", pod({ containers: ["x"] }), "is no mapping"],
    ["an unknown directive", pod({ $patch: "twist" }), "unknown patch directive"],
  ])("refuses %s", (_, patch, why) => {
    expect(() => strategicMergePatch(pod({ containers }), patch, POD)).toThrow(why);
  });
});

describe("a JSON patch", () => {
  it("applies in order, and changes nothing in place", () => {
    const target = { a: [1, 2] };
    const patch = [
      { op: "test", path: "/a/0", value: 1 },
      { op: "add", path: "/a/-", value: 3 },
      { op: "remove", path: "/a/0" },
      { op: "move", from: "/a", path: "/b" },
    ];
    expect(applyJsonPatch(target, patch)).toEqual({ b: [2, 3] });
    expect(target).toEqual({ a: [1, 2] });
  });

  it.each<[string, unknown, number]>([
    ["a test that fails", [{ op: "test", path: "/a", value: 2 }], 422],
    ["a path that leads nowhere", [{ op: "remove", path: "/x/y" }], 422],
    ["no list", { op: "remove", path: "/a" }, 400],
    ["an unknown operation", [{ op: "twist", path: "/a" }], 400],
    [
      "too many operations",
      Array.from({ length: 10_001 }, () => ({ op: "test", path: "/a", value: 1 })),
      413,
    ],
  ])("refuses %s", (_, patch, code) => {
    expect(() => applyJsonPatch({ a: 1 }, patch)).toThrow(expect.objectContaining({ code }));
  });

  it("refuses copies that double what is there again and again", () => {
    const patch = Array.from({ length: 60 }, () => ({ op: "copy", from: "/a", path: "/a/-" }));
    expect(() => applyJsonPatch({ a: ["x".repeat(100)] }, patch)).toThrow(
      expect.objectContaining({ code: 413 }),
    );
  });
});

describe("the order of merged items", () => {
  it.each([
    ["abc", "ca", "abc", "bca"],
    ["abc", "", "abc", "abc"],
    ["abcd", "dc", "abcd", "abdc"],
    ["xab", "x", "ab", "xab"],
    ["abx", "xa", "ab", "xab"],
  ])("%s as %s wants it, from %s: %s", (items, wanted, before, expected) => {
    expect(inOrder([...items], [...wanted], [...before]).join("")).toBe(expected);
  });

  it("holds every item once, those named in the order wanted", () => {
    const letters = fc.uniqueArray(fc.constantFrom(..."abcdefgh"));
    fc.assert(
      fc.property(letters, letters, letters, (items, wanted, before) => {
        const result = inOrder(items, wanted, before);
        expect([...result].sort()).toEqual([...items].sort());
        const named = result.filter((item) => wanted.includes(item));
        expect(named).toEqual(wanted.filter((item) => items.includes(item)));
      }),
    );
  });
});
