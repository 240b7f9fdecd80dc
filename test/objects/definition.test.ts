import { describe, expect, test } from "vitest";
import { definitionNamed, type FieldType } from "../../src/objects/definition.ts";
import { RESOURCES } from "../../src/objects/resource.ts";

/** The definitions that kinds are made of, to the last. */
function reachable(): Set<string> {
  const seen = new Set(RESOURCES.map(({ definition }) => definition));
  for (const name of seen) {
    for (const { type } of definitionNamed(name).fields.values()) {
      const inner = innermost(type);
      if (inner.type === "record") seen.add(inner.definition);
    }
  }
  return seen;
}

function innermost(type: FieldType): FieldType {
  return type.type === "list" || type.type === "map" ? innermost(type.of) : type;
}

describe("the table of definitions", () => {
  test("has every type that a kind is made of", () => {
    expect(reachable().size).toBeGreaterThan(600);
  });

  test("knows the number in protobuf of every field of Kubernetes' own kinds", () => {
    const without = [...reachable()].flatMap((name) => {
      const { custom, fields } = definitionNamed(name);
      if (custom) return [];
      return [...fields.values()]
        .filter(
          ({ numbers, name: field }) =>
            numbers.length === 0 && !["apiVersion", "kind"].includes(field),
        )
        .map((field) => `${name} ${field.name}`);
    });
    expect(without).toEqual([]);
  });

  const field = (definition: string, name: string) => definitionNamed(definition).fields.get(name);

  test("tells what a field is", () => {
    expect(field("core/v1.ServicePort", "protocol")).toMatchObject({
      type: { type: "word", words: ["TCP", "UDP", "SCTP"] },
      numbers: [2],
      required: false,
      default: "TCP",
    });
    expect(field("core/v1.ServiceSpec", "ports")).toMatchObject({
      type: {
        type: "list",
        of: { type: "record", definition: "core/v1.ServicePort" },
        identity: ["port", "protocol"],
      },
      mergeKey: "port",
    });
    expect(field("core/v1.ServiceSpec", "ipFamilyPolicy")?.pointer).toBe(true);
    expect(field("core/v1.ServiceSpec", "type")?.pointer).toBe(false);
    expect(field("core/v1.PodSpec", "volumes")).toMatchObject({
      mergeKey: "name",
      retainKeys: true,
    });
    expect(field("core/v1.ResourceRequirements", "limits")?.type).toEqual({
      type: "map",
      of: { type: "quantity" },
    });
    // protobuf nests what Go embeds.
    expect(field("core/v1.Probe", "httpGet")?.numbers).toEqual([1, 2]);
    expect(definitionNamed("meta/v1.LabelSelector").atomic).toBe(true);
  });

  test("bounds what a CustomResourceDefinition bounds", () => {
    const hostnames = field("gateway.networking.k8s.io/v1.HTTPRouteSpec", "hostnames");
    expect(hostnames?.limits).toEqual({ max: 16 });
    const { limits: item } = hostnames!.type as { limits: { pattern: RegExp; max: number } };
    expect(item.max).toBe(253);
    expect(item.pattern.test("*.example.com")).toBe(true);
    expect(item.pattern.test("Example.com")).toBe(false);
  });

  test("refuses a name that it does not have", () => {
    expect(() => definitionNamed("core/v1.Nothing")).toThrow(
      "there is no definition core/v1.Nothing",
    );
  });
});
