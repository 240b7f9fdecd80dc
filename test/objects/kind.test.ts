import { expect, test } from "vitest";
import { admit } from "../../src/objects/admit.ts";
import { words } from "../../src/objects/checks.ts";
import { NAME } from "../../src/objects/columns/column.ts";
import { columnsOf } from "../../src/objects/columns/columns.ts";
import { immutableFindings } from "../../src/objects/immutable.ts";
import { kind } from "../../src/objects/kind.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { part } from "../../src/objects/part.ts";
import { addKind, kindOf } from "../../src/objects/registry.ts";
import { addMap, ownScope } from "../../src/objects/selector-use.ts";
import { selectorsOf } from "../../src/objects/selectors-of.ts";
import { KIND_FILES } from "../../src/objects/tables/kind-files.ts";

interface Flavor extends KubernetesObject {
  readonly metadata: KubernetesObject["metadata"] & { readonly generateName?: string };
}

test("a kind that is said in one place is known everywhere by what it says", () => {
  addKind(
    kind<Flavor>({
      groupKind: "Flavor.example.com",
      name: words("sweet", "sour"),
      parts: part<Flavor>("example.com/v1.Flavor", {}),
      advice: [
        {
          id: "flavor-sour",
          severity: "warning",
          check({ metadata: { name } }, report) {
            if (name === "sour") report(["metadata", "name"], "sour is an acquired taste");
          },
        },
      ],
      update: (previous, next, place) => {
        if (previous.spec !== next.spec) place.at("spec").forbidden("a flavor stays");
      },
      defaults: (flavor) => ({ spec: "mild", ...flavor }),
      selectors: (flavor, uses) => addMap(uses, { goes: "with" }, "endpoints", ownScope(flavor)),
      columns: [NAME, { header: "TASTE", cell: ({ spec }) => String(spec) }],
    }),
  );
  const flavor = (name: string, spec = "") => ({
    apiVersion: "example.com/v1",
    kind: "Flavor",
    metadata: { name },
    spec,
  });
  expect(admit(flavor("sweet")).findings).toEqual([]);
  expect(admit(flavor("salty")).findings).toMatchObject([{ rule: "name-format" }]);
  expect(admit(flavor("sour")).findings).toMatchObject([{ rule: "flavor-sour" }]);
  const [before, after] = [flavor("sweet", "a"), flavor("sweet", "b")];
  expect(immutableFindings(before, after)).toMatchObject([
    { rule: "field-immutable", path: ["spec"], usable: true },
  ]);
  const { spec: _, ...bare } = flavor("sweet");
  expect(admit(bare).object).toMatchObject({ spec: "mild" });
  expect(selectorsOf(before)).toMatchObject([{ purpose: "endpoints", selects: "Pod" }]);
  expect(columnsOf("Flavor.example.com").map(({ header }) => header)).toEqual(["NAME", "TASTE"]);
});

test("every kind of a file is known by its groupKind", () => {
  const said = KIND_FILES.flatMap((file) => Object.values(file)).filter(
    (value): value is { groupKind: string } =>
      typeof value === "object" && value !== null && "groupKind" in value,
  );
  expect(said.length).toBeGreaterThan(30);
  for (const { groupKind } of said) expect(kindOf(groupKind)?.groupKind).toBe(groupKind);
});
