import { readFileSync } from "node:fs";
import { relative } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { SRC, sourceFiles } from "./source-files.ts";

interface Field {
  /** The places whose rule it is; kinds also say what may be written there. */
  readonly decides: readonly string[];
  /** Places that put it into words, or check what is written, with the result of who decides or before there is any. */
  readonly says: readonly string[];
}

/** Fields that decide where a connection goes: reading one anywhere else makes a second rule of it. */
const FIELDS: Readonly<Record<string, Field>> = {
  targetPort: {
    decides: ["objects/target-port.ts"],
    says: [
      "cli/describe/service.ts",
      "cli/trace/trace-name.ts",
      // What an API server writes where it is left out.
      "objects/kinds/service.ts",
    ],
  },
  externalName: {
    decides: ["dns/host-entries.ts"],
    says: [
      "balancer/declared-port.ts",
      // Before there are names: whether the manifests have what an alias means.
      "checks/rules/service.ts",
      "cli/describe/service.ts",
      "controllers/why-none.ts",
      "engine/service-address.ts",
      "objects/columns/service.ts",
      "objects/kinds/service.ts",
    ],
  },
  "conditions.ready": { decides: ["objects/endpoint-slice.ts"], says: [] },
};

/** What a file reads of {@link FIELDS}: as a property, or taken out of an object by its name. */
function fieldsRead(file: string): string[] {
  const text = readFileSync(file, "utf8");
  if (!/targetPort|externalName|conditions/.test(text)) return [];
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) {
      const name = node.name.text;
      if (name === "ready" && /\bconditions\??$/.test(node.expression.getText())) {
        found.push("conditions.ready");
      } else found.push(name);
    }
    if (ts.isBindingElement(node)) found.push((node.propertyName ?? node.name).getText());
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return found.filter((name) => Object.hasOwn(FIELDS, name));
}

it("lets one place decide by targetPort, externalName and conditions.ready", () => {
  const readers = new Map(Object.keys(FIELDS).map((field) => [field, new Set<string>()]));
  for (const file of sourceFiles(SRC)) {
    for (const field of fieldsRead(file)) readers.get(field)?.add(relative(SRC, file));
  }
  for (const [field, { decides, says }] of Object.entries(FIELDS)) {
    expect([field, [...(readers.get(field) ?? [])].sort()]).toEqual([
      field,
      [...decides, ...says].sort(),
    ]);
  }
}, 60_000);
