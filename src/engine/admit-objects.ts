import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { admit } from "../objects/admit.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { describeObject } from "../objects/object-key.ts";
import type { Operation } from "../store/operation.ts";

/** Checks objects from a program as an API server would. @returns the valid ones, and the findings of the others. */
export function admitObjects(objects: readonly KubernetesObject[]): {
  readonly operations: Operation[];
  readonly diagnostics: Diagnostic[];
} {
  const operations: Operation[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const given of objects) {
    const { object, findings } = admit(given);
    if (object !== undefined) operations.push({ op: "put", object });
    const name = object && describeObject(object);
    for (const { at: _at, edit: _edit, ...finding } of findings) {
      diagnostics.push(name === undefined ? finding : { ...finding, object: name });
    }
  }
  return { operations, diagnostics };
}
