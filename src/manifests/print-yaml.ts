import { stringify } from "yaml";

/**
 * Objects as YAML that kubectl reads back as the same: strings that YAML 1.1 would take for booleans or
 * numbers are quoted, nothing is folded, no aliases.
 */
export function printYaml(value: unknown): string {
  return stringify(value, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });
}
