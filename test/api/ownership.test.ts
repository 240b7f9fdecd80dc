import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FieldSet } from "../../src/api/ownership/field-set.ts";
import {
  applyFields,
  formatSteps,
  type Manager,
  updateOwners,
} from "../../src/api/ownership/managed-fields.ts";
import { mergeTypeOfDefinition, mergeTypeOfSchema } from "../../src/api/ownership/merge-type.ts";
import { fieldsOf } from "../../src/api/ownership/ownership.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";

const DEPLOYMENT = mergeTypeOfDefinition("apps/v1.Deployment");

function deployment(spec: object, metadata: object = {}): KubernetesObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop", ...metadata },
    spec,
  };
}

const template = (...containers: object[]) => ({ template: { spec: { containers } } });

function applyAs(
  manager: string,
  live: KubernetesObject | undefined,
  applied: KubernetesObject,
  force = false,
) {
  return applyFields(live, applied, {
    manager: { manager, operation: "Apply", apiVersion: "apps/v1", subresource: "" },
    type: DEPLOYMENT,
    force,
    now: "2026-11-28T00:00:00Z",
  });
}

const applied = (...args: Parameters<typeof applyAs>) => applyAs(...args) as KubernetesObject;

function updateAs(manager: string, before: KubernetesObject | undefined, after: KubernetesObject) {
  const who: Manager & { operation: "Update" } = {
    manager,
    operation: "Update",
    apiVersion: "apps/v1",
    subresource: "",
  };
  return updateOwners(before, after, who, DEPLOYMENT, "2026-11-28T00:00:00Z");
}

const owners = ({ metadata }: KubernetesObject) =>
  Object.fromEntries(
    (metadata.managedFields ?? []).map(({ manager, operation, fieldsV1 }) => [
      `${manager} ${operation}`,
      fieldsV1,
    ]),
  );

describe("who owns which fields", () => {
  it("is what somebody applied, items of lists by their keys", () => {
    const object = applied(
      "ci",
      undefined,
      deployment(
        { replicas: 2, ...template({ name: "web", image: "web:1", args: ["a"] }) },
        { labels: { app: "web" }, finalizers: ["x/y"] },
      ),
    );
    expect(owners(object)).toEqual({
      "ci Apply": {
        "f:metadata": { "f:labels": { "f:app": {} }, "f:finalizers": { 'v:"x/y"': {} } },
        "f:spec": {
          "f:replicas": {},
          "f:template": {
            "f:spec": {
              "f:containers": {
                'k:{"name":"web"}': { ".": {}, "f:name": {}, "f:image": {}, "f:args": {} },
              },
            },
          },
        },
      },
    });
  });

  it("is what an update changed, and no longer whose it was", () => {
    const first = applied("ci", undefined, deployment({ replicas: 2, paused: true }));
    const after = updateAs(
      "kubectl",
      first,
      deployment({ replicas: 3, paused: true }, first.metadata),
    );
    expect(owners(after)).toEqual({
      "ci Apply": { "f:spec": { "f:paused": {} } },
      "kubectl Update": { "f:spec": { "f:replicas": {} } },
    });
  });

  it("is nobody's when it is gone", () => {
    const first = updateAs("a", undefined, deployment({ replicas: 2 }, { labels: { x: "1" } }));
    const { labels: _, ...metadata } = first.metadata;
    const after = updateAs("b", first, deployment({ replicas: 2 }, metadata));
    expect(owners(after)).toEqual({ "a Update": { "f:spec": { ".": {}, "f:replicas": {} } } });
  });

  it("does not change by an update that changes nothing", () => {
    const first = applied("ci", undefined, deployment({ replicas: 2 }));
    expect(updateAs("b", first, first).metadata.managedFields).toEqual(
      first.metadata.managedFields,
    );
  });

  it("is forgotten when a client sends an empty list", () => {
    const first = applied("ci", undefined, deployment({ replicas: 2 }));
    const metadata = { ...first.metadata, managedFields: [] };
    expect(updateAs("b", first, { ...first, metadata }).metadata.managedFields).toBeUndefined();
  });
});

describe("server-side apply", () => {
  it("leaves what the applier does not name, and takes back what it no longer names", () => {
    const first = applied("ci", undefined, deployment({ replicas: 2, paused: true }));
    const live = updateAs(
      "hand",
      first,
      deployment({ replicas: 2, paused: true, revisionHistoryLimit: 3 }, first.metadata),
    );
    const after = applied("ci", live, deployment({ paused: true }));
    expect(after.spec).toEqual({ paused: true, revisionHistoryLimit: 3 });
  });

  it("keeps what it no longer names where somebody else applies it, too", () => {
    const first = applied("a", undefined, deployment({ replicas: 2, paused: true }));
    const second = applied("b", first, deployment({ replicas: 2 }));
    const after = applied("a", second, deployment({ paused: true }));
    expect(after.spec).toEqual({ replicas: 2, paused: true });
  });

  it("removes a whole item of a list, and an item's fields one by one", () => {
    const first = applied(
      "a",
      undefined,
      deployment(template({ name: "x", image: "1", tty: true }, { name: "y", image: "1" })),
    );
    const after = applied("a", first, deployment(template({ name: "x", image: "1" })));
    expect(after.spec).toEqual(template({ name: "x", image: "1" }));
  });

  it("keeps an item of which another one owns a field", () => {
    const first = applied(
      "a",
      undefined,
      deployment(template({ name: "x", image: "1" }, { name: "y", image: "1" })),
    );
    const second = applied("b", first, deployment(template({ name: "y", tty: true })));
    const after = applied("a", second, deployment(template({ name: "x", image: "1" })));
    expect(after.spec).toEqual(template({ name: "x", image: "1" }, { name: "y", tty: true }));
  });

  it("refuses to change what another one owns, and says which", () => {
    const first = updateAs("hpa", undefined, deployment({ replicas: 5 }));
    const conflicts = applyAs("ci", first, deployment({ replicas: 2 }));
    expect(conflicts).toEqual([
      expect.objectContaining({
        manager: "hpa",
        operation: "Update",
        path: ["f:spec", "f:replicas"],
      }),
    ]);
  });

  it("takes it when it is forced to", () => {
    const first = updateAs("hpa", undefined, deployment({ replicas: 5, paused: true }));
    const after = applied("ci", first, deployment({ replicas: 2 }), true);
    expect(after.spec).toEqual({ replicas: 2, paused: true });
    expect(owners(after)).toEqual({
      "ci Apply": { "f:spec": { "f:replicas": {} } },
      "hpa Update": { "f:spec": { ".": {}, "f:paused": {} } },
    });
  });

  it("shares what two apply with the same value", () => {
    const first = applied("a", undefined, deployment({ replicas: 2 }));
    const after = applied("b", first, deployment({ replicas: 2 }));
    expect(Object.keys(owners(after))).toEqual(["a Apply", "b Apply"]);
  });

  it("keeps the time of an owner whose fields stay the same", () => {
    const first = applied("a", undefined, deployment({ replicas: 2 }));
    const again = applyFields(first, deployment({ replicas: 2 }), {
      manager: { manager: "a", operation: "Apply", apiVersion: "apps/v1", subresource: "" },
      type: DEPLOYMENT,
      force: false,
      now: "2027-01-01T00:00:00Z",
    });
    expect(again).toEqual(first);
  });

  it("takes a port without a protocol for the one of TCP that is there", () => {
    const port = (more: object) =>
      deployment(template({ name: "x", ports: [{ containerPort: 80, ...more }] }));
    const first = applied("a", undefined, port({}));
    const live = { ...first, spec: port({ protocol: "TCP" }).spec };
    expect(applied("a", live, port({})).spec).toEqual(live.spec);
    const second = applied("b", live, port({ protocol: "UDP" }), true);
    expect(JSON.stringify(second.spec)).toContain(
      '"protocol":"TCP"},{"containerPort":80,"protocol":"UDP"',
    );
  });

  it("merges custom resources by the lists that their schema describes", () => {
    const type = mergeTypeOfSchema({
      type: "object",
      properties: {
        spec: {
          type: "object",
          properties: {
            rules: {
              type: "array",
              "x-kubernetes-list-type": "map",
              "x-kubernetes-list-map-keys": ["port", "protocol"],
              items: { type: "object", properties: { port: { type: "integer" } } },
            },
            hosts: { type: "array", items: { type: "string" } },
          },
        },
      },
    });
    const value = { spec: { rules: [{ protocol: "TCP", port: 1, x: 1 }], hosts: ["a"] } };
    expect(fieldsOf(value, type).toJSON()).toEqual({
      "f:spec": {
        "f:rules": {
          'k:{"port":1,"protocol":"TCP"}': { ".": {}, "f:port": {}, "f:protocol": {}, "f:x": {} },
        },
        "f:hosts": {},
      },
    });
  });
});

describe("a set of fields", () => {
  const step = fc.constantFrom("f:a", "f:b", 'k:{"name":"x"}', 'v:"y"');
  const set = fc.array(fc.array(step, { minLength: 1, maxLength: 4 })).map((paths) => {
    const fields = new FieldSet();
    for (const path of paths) fields.insert(path);
    return fields;
  });
  const list = (fields: FieldSet) => [...fields.paths()].map(String).sort();

  it("is the same after it was written and read", () => {
    fc.assert(
      fc.property(set, (fields) => {
        const json = JSON.parse(JSON.stringify(fields));
        expect(list(FieldSet.fromJSON(json))).toEqual(list(fields));
      }),
    );
  });

  it("combines as sets do", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const [left, right] = [new Set(list(a)), new Set(list(b))];
        const all = [...new Set([...left, ...right])].sort();
        expect(list(a.union(b))).toEqual(all);
        expect(list(a.minus(b))).toEqual(all.filter((p) => left.has(p) && !right.has(p)));
        expect(list(a.intersect(b))).toEqual(all.filter((p) => left.has(p) && right.has(p)));
        expect(a.equals(b)).toBe(String([...left].sort()) === String([...right].sort()));
        for (const path of a.paths()) expect(a.has(path)).toBe(true);
      }),
    );
  });

  it("names a path as messages do", () => {
    expect(formatSteps(["f:spec", "f:containers", 'k:{"name":"web"}', "f:image"])).toBe(
      '.spec.containers[name="web"].image',
    );
    expect(formatSteps(["f:metadata", "f:finalizers", 'v:"a/b"'])).toBe(
      '.metadata.finalizers[="a/b"]',
    );
  });
});
