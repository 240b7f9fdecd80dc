import { list, record, string } from "../shape.ts";
import { objectShape } from "./metadata.ts";

export const serviceCIDR = objectShape(
  { spec: record({ cidrs: list(string) }, { required: ["cidrs"], others: "" }) },
  { required: ["spec"] },
);

const parentRef = record(
  { group: string, resource: string, namespace: string, name: string },
  { required: ["resource", "name"], others: "" },
);

export const ipAddress = objectShape(
  { spec: record({ parentRef }, { required: ["parentRef"], others: "" }) },
  { required: ["spec"] },
);
