import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { formatPosition } from "../../diagnostics/format.ts";
import { valueAt } from "../../manifests/settings/layers.ts";
import {
  SETTING_KEYS,
  type SettingKey,
  settingOf,
  settingPath,
} from "../../manifests/settings/table.ts";
import { DEFAULT_POD_RANGE, DEFAULT_SERVICE_RANGE } from "../../net/address-pool.ts";
import { isRecord } from "../../objects/json.ts";
import { DEFAULT_NAMESPACE } from "../../objects/resource.ts";
import { privateFolder } from "../../runtime/private-folder.ts";
import type { Context } from "../command.ts";
import type { SettingsInForce } from "../settings/in-force.ts";
import { shownValue } from "../settings/setting-options.ts";

/** A value in force, and where it is from. */
export interface ShownSetting {
  readonly name: string;
  readonly value: string;
  /** `kubelane.yaml:4:3`, `--dns`, `NO_COLOR in the environment`, `default`. */
  readonly origin: string;
}

const DEFAULT = "default";

/** All settings of the table, and the fixed values that can't be set in files. */
export function shownSettings(context: Context, settings: SettingsInForce): ShownSetting[] {
  const { config } = settings;
  const file =
    config === undefined
      ? { name: "file", value: "none", origin: "no kubelane.yaml here or above" }
      : { name: "file", value: config.file, origin: "found here or above" };
  return [
    file,
    ...SETTING_KEYS.flatMap((key) => rowsOf(key, settings)),
    ...environmentSettings(context),
    ...fixed(),
  ];
}

function rowsOf(key: SettingKey, settings: SettingsInForce): ShownSetting[] {
  const origin = settings.originOf(key);
  const { type } = settingOf(key);
  const value: unknown = settings.values[key];
  if (origin.type === "option") {
    return [{ name: key, value: type.show?.(value) ?? "", origin: origin.option }];
  }
  if (origin.type === "default") {
    return [{ name: key, value: shownValue(key, value) ?? "none", origin: DEFAULT }];
  }
  if (type.show !== undefined) {
    return [{ name: key, value: type.show(value), origin: formatPosition(origin.position) }];
  }
  return writtenRows(key, settings);
}

/** A row for each value of a setting, in the syntax of the file. */
function writtenRows(key: SettingKey, { config }: SettingsInForce): ShownSetting[] {
  const leaves: ShownSetting[] = [];
  const visit = (value: unknown, within: FieldPath): void => {
    if (isRecord(value) || (Array.isArray(value) && value.some(isRecord))) {
      for (const [name, each] of Object.entries(value as object)) visit(each, [...within, name]);
      return;
    }
    const position = config?.placeOf(key, within);
    leaves.push({
      name: [key, ...within].join("."),
      value: typeof value === "string" ? value : JSON.stringify(value),
      origin: position === undefined ? DEFAULT : formatPosition(position),
    });
  };
  visit(valueAt(config?.content, settingPath(key)), []);
  return leaves;
}

function environmentSettings({ env, color }: Context): ShownSetting[] {
  const from = (...names: readonly string[]) => {
    const set = names.find((name) => env[name]);
    return set === undefined ? DEFAULT : `${set} in the environment`;
  };
  return [
    {
      name: "sockets",
      value: privateFolder(env),
      origin: from("KUBELANE_RUNTIME_DIR", "XDG_RUNTIME_DIR"),
    },
    { name: "color", value: color ? "always" : "never", origin: from("NO_COLOR", "FORCE_COLOR") },
  ];
}

/** Fixed values, as kubeadm sets them. */
function fixed(): ShownSetting[] {
  const values = {
    namespace: DEFAULT_NAMESPACE,
    "service range": DEFAULT_SERVICE_RANGE,
    "pod range": DEFAULT_POD_RANGE,
  };
  return Object.entries(values).map(([name, value]) => ({ name, value, origin: DEFAULT }));
}
