/**
 * The JSON shape of a value: what an API server's decoder accepts for a field. A record names the
 * fields we read; `others` are the API's further field names, so that a misspelt one can be told
 * from one we don't read. Without `others` any further field passes.
 */
export type Shape =
  | { readonly type: "any" }
  | { readonly type: "boolean" }
  | { readonly type: "string"; readonly oneOf?: readonly string[] }
  | { readonly type: "integer"; readonly min?: number; readonly max?: number }
  | { readonly type: "integerOrString" }
  | { readonly type: "stringMap" }
  | { readonly type: "list"; readonly of: Shape }
  | RecordShape;

export interface RecordShape {
  readonly type: "record";
  readonly fields: ReadonlyMap<string, Shape>;
  readonly required: readonly string[];
  /** Lists that are never absent: nothing written means an empty one. */
  readonly lists: readonly string[];
  readonly others?: ReadonlySet<string>;
}

export const any: Shape = { type: "any" };
export const boolean: Shape = { type: "boolean" };
export const string: Shape = { type: "string" };
export const integerOrString: Shape = { type: "integerOrString" };
export const stringMap: Shape = { type: "stringMap" };
/** An integer of 32 bits, as most numbers of the API are. */
export const integer: Shape = { type: "integer", min: -(2 ** 31), max: 2 ** 31 - 1 };
/** An integer of 64 bits; JavaScript keeps 53 of them exactly. */
export const longInteger: Shape = { type: "integer" };
/** An integer of 64 bits that is not negative. */
export const longCount: Shape = { type: "integer", min: 0 };
/** A count: an integer that is not negative. */
export const count: Shape = { type: "integer", min: 0, max: 2 ** 31 - 1 };

export function oneOf(...values: string[]): Shape {
  return { type: "string", oneOf: values };
}

export function list(of: Shape): Shape {
  return { type: "list", of };
}

interface RecordOptions {
  readonly required?: readonly string[];
  readonly lists?: readonly string[];
  /** Further field names of the API, separated by blanks; absent: any field may follow. */
  readonly others?: string;
}

export function record(
  fields: Readonly<Record<string, Shape>>,
  { required = [], lists = [], others }: RecordOptions = {},
): RecordShape {
  return {
    type: "record",
    fields: new Map(Object.entries(fields)),
    required,
    lists,
    ...(others === undefined ? {} : { others: new Set(others.split(" ")) }),
  };
}
