import { validateDns1123Subdomain } from "../../labels/dns-name.ts";
import { validateLabelKey, validateLabelValue } from "../../labels/label-name.ts";
import { quote } from "../../objects/json.ts";
import type { NodeEntry } from "../local-config.ts";
import { type FieldTypes, fieldsSchema, readFields, stringMap } from "./mapping-types.ts";
import { text } from "./scalar-types.ts";
import type { ValueType } from "./value-type.ts";

const NODE = { name: text, zone: text, labels: stringMap } satisfies FieldTypes;

/** The nodes of the emulated cluster. */
export const nodeEntries: ValueType<readonly NodeEntry[]> = {
  schema: { type: "array", items: fieldsSchema(NODE, ["name"]) },
  says: "list of name, zone and labels",
  read(value, at, values) {
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value)) {
      values.error("config-type", at, "expected a list", 'begin each node with "- name:"');
      return undefined;
    }
    const names = new Set<string>();
    return value.flatMap((item: unknown, i) => {
      const place = [...at, i];
      const node = readFields(NODE, item, place, values);
      if (node === undefined) return [];
      const { name = "", labels = {} } = node;
      const path = [...place, "name"];
      for (const { message } of validateDns1123Subdomain(name)) {
        values.error("config-node", path, message);
      }
      if (names.has(name)) values.error("config-node", path, `there are two nodes ${quote(name)}`);
      names.add(name);
      for (const [key, label] of Object.entries(labels)) {
        for (const { message } of [...validateLabelKey(key), ...validateLabelValue(label)]) {
          values.error("config-node", [...place, "labels", key], message);
        }
      }
      return [{ ...node, name, labels, position: values.locate(place) }];
    });
  },
};
