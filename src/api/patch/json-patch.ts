import jsonPatch, { type Operation } from "fast-json-patch";
import { badRequest, StatusError, tooLarge } from "../status.ts";

/** API servers have the same limits. */
const MAX_OPERATIONS = 10_000;
const MAX_COPIED = 3 * 1024 * 1024;

/**
 * RFC 6902. Nothing is changed in place.
 * @throws StatusError for an invalid patch, one that can't be applied, or one whose result is too large
 */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest("a JSON patch is a list of operations");
  if (patch.length > MAX_OPERATIONS) {
    throw tooLarge(MAX_OPERATIONS);
  }
  let document = structuredClone(target);
  let copied = 0;
  for (const [index, operation] of patch.entries()) {
    try {
      checkOperation(operation);
      const result = jsonPatch.applyOperation(document, operation, true, true, true, index);
      document = result.newDocument;
    } catch (cause) {
      if (cause instanceof StatusError) throw cause;
      const why = (cause as Error).message.split("\n", 1)[0];
      throw new StatusError(422, "Invalid", `the JSON patch does not apply: ${why}`);
    }
    if (operation.op !== "copy") continue;
    // Copying copies doubles the size each time.
    const from = jsonPatch.getValueByPointer(document, operation.from);
    copied += JSON.stringify(from)?.length ?? 0;
    if (copied > MAX_COPIED) throw tooLarge(MAX_COPIED);
  }
  return document;
}

const OPERATIONS: readonly unknown[] = ["add", "remove", "replace", "move", "copy", "test"];

function checkOperation(operation: unknown): asserts operation is Operation {
  const { op, path } = (operation ?? {}) as Partial<Operation>;
  if (OPERATIONS.includes(op) && typeof path === "string") return;
  throw badRequest("an operation of a JSON patch has op and path");
}
