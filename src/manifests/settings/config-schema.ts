import { SETTING_KEYS, type SettingKey, settingOf, settingPath } from "./table.ts";
import type { JsonSchema } from "./value-type.ts";

type Section = {
  readonly type: "object";
  readonly properties: Record<string, JsonSchema>;
  readonly additionalProperties: false;
};

/** The JSON schema of kubelane.yaml, for completion and validation in editors. */
export function configSchema(): JsonSchema {
  const top = section();
  const sections = new Map<string, Section>();
  for (const key of SETTING_KEYS) {
    const [first = "", second] = settingPath(key);
    if (second === undefined) {
      top.properties[first] = described(key);
      continue;
    }
    const within = sections.get(first) ?? section();
    sections.set(first, within);
    within.properties[second] = described(key);
    top.properties[first] = orNothing(within);
  }
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "kubelane.yaml",
    ...top,
  };
}

/** As it is shipped. */
export function configSchemaText(): string {
  return `${JSON.stringify(configSchema(), undefined, 2)}\n`;
}

function section(): Section {
  return { type: "object", properties: {}, additionalProperties: false };
}

function described(key: SettingKey): JsonSchema {
  const { type, summary } = settingOf(key);
  return { description: summary, ...orNothing(type.schema) };
}

/** A key without a value is as good as absent. */
function orNothing(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: "null" }] };
}
