import type { Resource } from "../objects/api-resource.ts";
import { AGE, type Column, NAME } from "../objects/columns/column.ts";
import { columnsOf } from "../objects/columns/columns.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { type PrinterColumn, versionOf } from "./custom/definition.ts";
import { valueAt } from "./custom/json-path.ts";

/** The columns of a resource: those of its kind, or those of its CustomResourceDefinition. */
export function columnsFor(resource: Resource, store: StoreReader): readonly Column[] {
  const { definition, groupKind } = resource;
  if (definition !== "") return columnsOf(groupKind);
  const columns = versionOf(resource, store)?.additionalPrinterColumns ?? [];
  if (columns.length === 0) return [NAME, AGE];
  return [NAME, ...columns.map(printerColumn)];
}

function printerColumn({ name, type, priority = 0, jsonPath }: PrinterColumn): Column {
  const header = name.toUpperCase();
  const wide = priority > 0 && { wide: true };
  // A date is printed as an age.
  if (type === "date") {
    return {
      header,
      ...wide,
      cell(object, now) {
        const value = valueAt(object, jsonPath);
        const metadata = { ...object.metadata, creationTimestamp: String(value ?? "") };
        return value === undefined ? "" : AGE.cell({ ...object, metadata }, now);
      },
    };
  }
  return {
    header,
    ...wide,
    cell(object) {
      const value = valueAt(object, jsonPath);
      if (value === undefined || value === null) return "";
      return typeof value === "object" ? JSON.stringify(value) : String(value);
    },
  };
}
