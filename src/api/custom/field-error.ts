import type { Cause } from "../status.ts";

/** Stands for the field in messages about a whole value, where upstream names none. */
const NO_FIELD = "<nil>";

/** Why a field of a custom resource is refused, in an API server's own words: clients match them. */
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
  /** Describes a mapping or a list, whose content messages don't print. */
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
  /** About a value as a whole, which the detail names. */
  unplaced: (detail: string): Cause => ({
    reason: "FieldValueInvalid",
    message: `Invalid value: "": ${detail}`,
    field: NO_FIELD,
  }),
  /** Rules are evaluated only if the schema's own checks pass. */
  rulesNotChecked: (): Cause => ({
    reason: "FieldValueInvalid",
    message:
      "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
    field: NO_FIELD,
  }),
} as const;

/** While one of these errors is present, a rule could read missing fields or take too long. */
export function blocksRules({ reason }: Cause): boolean {
  return (
    reason === "FieldValueRequired" ||
    reason === "FieldValueTooLong" ||
    reason === "FieldValueTooMany" ||
    reason === "FieldValueTypeInvalid"
  );
}
