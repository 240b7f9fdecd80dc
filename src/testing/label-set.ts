import fc from "fast-check";
import type { Labels } from "../labels/labels.ts";
import { labelKey } from "./label-key.ts";
import { labelValue } from "./label-value.ts";

/** Valid labels of an object: up to `maxKeys` of them, 5 by default. */
export function labelSet(options: { maxKeys?: number } = {}): fc.Arbitrary<Labels> {
  return fc
    .uniqueArray(fc.tuple(labelKey(), labelValue()), {
      maxLength: options.maxKeys ?? 5,
      selector: ([key]) => key,
    })
    .map((entries) => Object.fromEntries(entries));
}
