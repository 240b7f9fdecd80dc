import { kindOf } from "../registry.ts";
import { AGE, type Column, NAME } from "./column.ts";

const DEFAULT: readonly Column[] = [NAME, AGE];

/** The columns of a kind, by groupKind; name and age for those that have none of their own. */
export function columnsOf(groupKind: string): readonly Column[] {
  return kindOf(groupKind)?.columns ?? DEFAULT;
}
