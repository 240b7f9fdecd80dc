import type { Cause } from "../status.ts";

/** Where a message speaks of a value as a whole and upstream names no field. */
const NO_FIELD = "<nil>";

/** Why a field of a custom resource is refused, in the words of an API server: clients match them. */
export const fieldError = {
  required: (field: string, detail = ""): Cause => ({
    reason: "FieldValueRequired",
    message: detail === "" ? "Required value" : `Required value: ${detail}`,
    field,
  }),
  forbidden: (field: string, detail: string): Cause => ({
    reason: "FieldValueForbidden",
    message: `Forbidden: ${detail}`,
    field,
  }),
  invalid: (field: string, value: unknown, detail: string): Cause => ({
    reason: "FieldValueInvalid",
    message: `Invalid value: ${JSON.stringify(value)}: ${detail}`,
    field,
  }),
  /** What is wrong with a mapping or a list, which a message doesn't print. */
  invalidWhole: (field: string, detail: string): Cause => ({
    reason: "FieldValueInvalid",
    message: `Invalid value: ${detail}`,
    field,
  }),
  typeInvalid: (field: string, value: unknown, detail: string): Cause => ({
    reason: "FieldValueTypeInvalid",
    message: `Invalid value: ${JSON.stringify(value)}: ${detail}`,
    field,
  }),
  unsupported: (field: string, value: unknown, supported: readonly unknown[]): Cause => ({
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map((each) => JSON.stringify(each)).join(", ")}`,
    field,
  }),
  tooLong: (field: string, limit: number): Cause => ({
    reason: "FieldValueTooLong",
    message: `Too long: may not be more than ${limit} bytes`,
    field,
  }),
  tooMany: (field: string, count: number, limit: number): Cause => ({
    reason: "FieldValueTooMany",
    message: `Too many: ${count}: must have at most ${limit} items`,
    field,
  }),
  duplicate: (field: string, value: unknown): Cause => ({
    reason: "FieldValueDuplicate",
    message: `Duplicate value: ${JSON.stringify(value)}`,
    field,
  }),
  /** Of a value as a whole, which the detail names. */
  unplaced: (detail: string): Cause => ({
    reason: "FieldValueInvalid",
    message: `Invalid value: "": ${detail}`,
    field: NO_FIELD,
  }),
  /** Rules are not looked at before the schema holds. */
  rulesNotChecked: (): Cause => ({
    reason: "FieldValueInvalid",
    message:
      "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
    field: NO_FIELD,
  }),
} as const;

/** Without these being right, a rule could read what isn't there or take too long. */
export function blocksRules({ reason }: Cause): boolean {
  return (
    reason === "FieldValueRequired" ||
    reason === "FieldValueTooLong" ||
    reason === "FieldValueTooMany" ||
    reason === "FieldValueTypeInvalid"
  );
}
