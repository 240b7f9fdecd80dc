import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { admit } from "../objects/admit.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { describeObject } from "../objects/object-key.ts";
import type { Operation } from "../store/operation.ts";

/** Objects from a program, checked as an API server would: what to put, and what was wrong with the rest. */
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
