import type { SourcePosition } from "../../diagnostics/diagnostic.ts";
import type { LocalConfig } from "../../manifests/read-local-config.ts";
import {
  FALLBACKS,
  SETTING_KEYS,
  type SettingKey,
  type SettingValues,
  settingOf,
} from "../../manifests/settings/table.ts";
import { isWordRefusal } from "../../manifests/settings/value-type.ts";
import { quote } from "../../objects/json.ts";
import { CommandError, type Context, type Input } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { givenManifests } from "../manifest-options.ts";
import { longFlag } from "./setting-options.ts";

/** The origin of a setting's value. */
export type Origin =
  | { readonly type: "option"; readonly option: string }
  | { readonly type: "file"; readonly position: SourcePosition }
  | { readonly type: "default" };

/** The value of every setting: the command line overrides files, and files override the defaults. */
export interface SettingsInForce {
  readonly values: SettingValues;
  readonly config: LocalConfig | undefined;
  originOf(key: SettingKey): Origin;
  /** The values with the same command line and another file. */
  over(config: LocalConfig): SettingsInForce;
}

/** @throws CommandError for an invalid value of an option */
export function settingsInForce(
  context: Context,
  { options }: Pick<Input, "options">,
  config: LocalConfig | undefined,
): SettingsInForce {
  return overlay(givenByOptions(context, options), config);
}

function overlay(
  given: ReadonlyMap<SettingKey, Given>,
  config: LocalConfig | undefined,
): SettingsInForce {
  const originOf = (key: SettingKey): Origin => {
    const option = given.get(key)?.option;
    if (option !== undefined) return { type: "option", option };
    const position = config?.placeOf(key);
    return position === undefined ? { type: "default" } : { type: "file", position };
  };
  const below = config?.values ?? FALLBACKS;
  const entries = [...given].map(([key, { value }]) => [
    key,
    settingOf(key).option?.adds
      ? [...(below[key] as readonly unknown[]), ...(value as readonly unknown[])]
      : value,
  ]);
  const values: SettingValues = { ...below, ...Object.fromEntries(entries) };
  const isOpen = originOf("gateway.https").type === "default";
  // A user who chooses the gateway's address has not asked for an HTTPS port: it is off then, unless it is set as
  // well.
  const isOff = isOpen && originOf("gateway.listen").type !== "default";
  return {
    values: isOff ? { ...values, "gateway.https": "off" } : values,
    config,
    originOf,
    over: (next) => overlay(given, next),
  };
}

interface Given {
  readonly option: string;
  readonly value: unknown;
}

function givenByOptions(
  context: Context,
  options: Input["options"],
): ReadonlyMap<SettingKey, Given> {
  const given = new Map<SettingKey, Given>();
  const manifests = givenManifests({ options });
  if (manifests !== undefined) {
    const option = options["filename"] === undefined ? "--kustomize" : "--filename";
    given.set("manifests", { option, value: manifests });
  }
  const everywhere = { context: context.kubeContext, kubeconfig: context.kubeconfig };
  for (const key of SETTING_KEYS) {
    const { type, option } = settingOf(key);
    if (option === undefined) continue;
    const flag = longFlag(option.flags);
    const name = flag
      .replace(/^--(no-)?/, "")
      .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const said = option.global ? everywhere[name as keyof typeof everywhere] : options[name];
    if (said === undefined) continue;
    if (typeof said === "boolean") {
      const word = `--${said ? "" : "no-"}${flag.replace(/^--(no-)?/, "")}`;
      given.set(key, { option: word, value: said });
      continue;
    }
    const value = type.parse?.(typeof said === "string" ? [said] : said, context.cwd);
    if (isWordRefusal(value)) {
      const { what, hint } = value.refusal;
      throw new CommandError(EXIT.usage, `${flag} ${quote(value.word)} ${what}`, hint);
    }
    given.set(key, { option: flag, value });
  }
  return given;
}
