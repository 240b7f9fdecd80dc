import { formatPosition } from "../../diagnostics/format.ts";
import type { LocalConfig, WorkloadTarget } from "../../manifests/local-config.ts";
import { describeInput } from "../../manifests/manifest-input.ts";
import { DEFAULT_POD_RANGE, DEFAULT_SERVICE_RANGE } from "../../net/address-pool.ts";
import { DEFAULT_NAMESPACE } from "../../objects/resource.ts";
import { privateFolder } from "../../runtime/private-folder.ts";
import type { Context } from "../command.ts";

/** A value in force, and where it is from. */
export interface Setting {
  readonly name: string;
  readonly value: string;
  /** `kubelane.yaml:4:3`, `NO_COLOR in the environment`, `default`. */
  readonly origin: string;
}

const DEFAULT = "default";

/** Every setting, those of kubelane.yaml first. */
export function settingsOf(context: Context, config: LocalConfig | undefined): Setting[] {
  return [...fileSettings(config), ...environmentSettings(context), ...defaults()];
}

function fileSettings(config: LocalConfig | undefined): Setting[] {
  if (config === undefined)
    return [{ name: "file", value: "none", origin: "no kubelane.yaml here or above" }];
  const { file, manifests, run, attach, stub, network, gateway, cluster, apiServer, state, nodes } =
    config;
  const settings: Setting[] = [
    { name: "file", value: file, origin: "found here or above" },
    ...manifests.map((input) => ({
      name: "manifests",
      value: describeInput(input),
      origin: file,
    })),
  ];
  for (const { target, command, cwd, env, envFile, replicas, container, position } of run) {
    const name = `run.${nameOf(target)}`;
    const origin = formatPosition(position);
    const add = (field: string, value: string | undefined) => {
      if (value !== undefined) settings.push({ name: `${name}.${field}`, value, origin });
    };
    add("command", typeof command === "string" ? command : JSON.stringify(command));
    add("cwd", cwd);
    for (const [variable, value] of Object.entries(env)) add(`env.${variable}`, value);
    add("envFile", envFile);
    add("replicas", replicas === undefined ? undefined : String(replicas));
    add("container", container);
  }
  for (const { target, addresses, position } of attach) {
    settings.push({
      name: `attach.${nameOf(target)}`,
      value: addresses.map(({ host, port }) => `${host}:${port}`).join(", "),
      origin: formatPosition(position),
    });
  }
  for (const { target, position } of stub) {
    const value = target === undefined ? "*" : nameOf(target);
    settings.push({ name: "stub", value, origin: formatPosition(position) });
  }
  if (network !== undefined) settings.push({ name: "network", value: network, origin: file });
  if (gateway.page !== undefined) {
    settings.push({ name: "gateway.page", value: gateway.page ? "on" : "off", origin: file });
  }
  if (gateway.classes !== undefined) {
    const value = gateway.classes.join(", ") || "none";
    settings.push({ name: "gateway.classes", value, origin: file });
  }
  for (const [name, value] of Object.entries(cluster ?? {})) {
    const text = typeof value === "string" ? value : value.join(", ");
    if (text !== "") settings.push({ name: `cluster.${name}`, value: text, origin: file });
  }
  if (apiServer !== undefined) {
    settings.push({ name: "apiServer", value: apiServer, origin: file });
  }
  if (state !== undefined) settings.push({ name: "state", value: state, origin: file });
  for (const { name, zone, position } of nodes) {
    const value = zone === undefined ? name : `${name} in ${zone}`;
    settings.push({ name: "nodes", value, origin: formatPosition(position) });
  }
  return settings;
}

/** As it is shown: a target without a namespace means whichever has it. */
function nameOf(target: WorkloadTarget): string {
  const where = target.namespace ?? "*";
  if ("selector" in target) return `${where}/(${target.selector})`;
  return `${where}/${target.kind}/${target.name}`;
}

function environmentSettings({ env, color }: Context): Setting[] {
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

function defaults(): Setting[] {
  const values = {
    namespace: DEFAULT_NAMESPACE,
    "cluster domain": "cluster.local",
    "service range": DEFAULT_SERVICE_RANGE,
    "pod range": DEFAULT_POD_RANGE,
  };
  return Object.entries(values).map(([name, value]) => ({ name, value, origin: DEFAULT }));
}
