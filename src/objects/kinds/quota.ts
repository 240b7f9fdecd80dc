import { amount, type Check, distinct, labelKey } from "../checks.ts";
import { AGE, CREATED_COLUMNS, NAME } from "../columns/column.ts";
import { quote } from "../json.ts";
import { type Kind, kind } from "../kind.ts";
import type { KubernetesObject } from "../object.ts";
import { part } from "../part.ts";
import type { Place } from "../place.ts";
import { parseQuantity } from "../quantity.ts";
import type {
  LimitRange,
  LimitRangeItem,
  LimitRangeSpec,
  ResourceQuota,
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from "../tables/kinds.ts";

/** Counted one by one. */
const COUNTED = [
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
];
const COMPUTE = ["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
const QUOTA_RESOURCES = [
  ...COUNTED,
  ...COMPUTE,
  "ephemeral-storage",
  "requests.storage",
  "requests.ephemeral-storage",
  "limits.ephemeral-storage",
];
const CONTAINER_RESOURCES = ["cpu", "memory", "ephemeral-storage"];

/** The resources that a quota may count in a scope. */
const SCOPES: ReadonlyMap<string, readonly string[]> = new Map([
  ["Terminating", ["pods", ...COMPUTE]],
  ["NotTerminating", ["pods", ...COMPUTE]],
  ["NotBestEffort", ["pods", ...COMPUTE]],
  ["PriorityClass", ["pods", ...COMPUTE]],
  ["CrossNamespacePodAffinity", ["pods", ...COMPUTE]],
  ["BestEffort", ["pods"]],
  ["VolumeAttributesClass", ["persistentvolumeclaims", "requests.storage"]],
]);
const EXCLUSIVE = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
] as const;

function checkName(name: string, known: readonly string[], place: Place): void {
  labelKey(name, place.as({ at: "key" }));
  if (name.includes("/") || known.includes(name) || /^(?:requests\.)?hugepages-/.test(name)) return;
  place.invalid(`there is no resource ${quote(name)} here`, { at: "key" });
}

function checkScope(scope: string, hard: readonly string[], place: Place): void {
  const fitting = SCOPES.get(scope);
  if (fitting === undefined)
    place.invalid(`${quote(scope)} is none of ${[...SCOPES.keys()].join(", ")}`);
  for (const name of hard) {
    if (fitting === undefined || !QUOTA_RESOURCES.includes(name) || fitting.includes(name))
      continue;
    place.invalid(`the scope ${scope} does not go with ${name}`);
  }
}

function checkPairs(scopes: readonly string[], place: Place): void {
  for (const pair of EXCLUSIVE) {
    if (pair.every((scope) => scopes.includes(scope)))
      place.invalid(`${pair.join(" and ")} exclude each other`);
  }
}

export const resourceQuota: Kind = kind<ResourceQuota>({
  groupKind: "ResourceQuota",
  columns: [
    NAME,
    { header: "REQUEST", cell: (object) => quotaText(object, false) },
    { header: "LIMIT", cell: (object) => quotaText(object, true) },
    AGE,
  ],
  parts: {
    ...part<ResourceQuotaSpec>("core/v1.ResourceQuotaSpec", {
      open: ["scopes"],
      check({ hard = {}, scopes = [], scopeSelector }, place) {
        const names = Object.keys(hard);
        for (const [name, value] of Object.entries(hard)) {
          const at = place.at("hard", name);
          checkName(name, QUOTA_RESOURCES, at);
          amount(value, at);
          const whole = (parseQuantity(value) ?? 0n) % 1_000_000_000n === 0n;
          if (COUNTED.includes(name) && !whole) at.invalid(`${quote(value)} is no whole number`);
        }
        for (const scope of scopes) checkScope(scope, names, place.at("scopes"));
        checkPairs(scopes, place.at("scopes"));
        const expressions = scopeSelector?.matchExpressions ?? [];
        const at = place.at("scopeSelector", "matchExpressions");
        for (const [i, { scopeName }] of expressions.entries())
          checkScope(scopeName, names, at.at(i, "scopeName"));
        checkPairs(
          expressions.map(({ scopeName }) => scopeName),
          at,
        );
      },
    }),
    ...part<ScopedResourceSelectorRequirement>("core/v1.ScopedResourceSelectorRequirement", {
      open: ["scopeName"],
      check({ scopeName, operator, values = [] }, place) {
        const named = ["PriorityClass", "VolumeAttributesClass"].includes(scopeName);
        if (!named && operator !== "Exists")
          place.at("operator").invalid(`${scopeName} goes with Exists alone`);
        const listed = operator === "In" || operator === "NotIn";
        if (listed && values.length === 0)
          place.at("values").required(`${operator} needs at least one value`);
        if (!listed && values.length > 0) place.at("values").invalid(`${operator} takes no values`);
      },
    }),
  },
});

const LIMITS = ["min", "max", "default", "defaultRequest", "maxLimitRequestRatio"] as const;

function quotaText({ status }: KubernetesObject, ofLimits: boolean): string {
  const { hard = {}, used = {} } = (status ?? {}) as {
    readonly hard?: Readonly<Record<string, string>>;
    readonly used?: Readonly<Record<string, string>>;
  };
  return Object.keys(hard)
    .filter((name) => name.startsWith("limits.") === ofLimits)
    .sort()
    .map((name) => `${name}: ${used[name] ?? "0"}/${hard[name]}`)
    .join(", ");
}

export const limitRange: Kind = kind<LimitRange>({
  groupKind: "LimitRange",
  columns: CREATED_COLUMNS,
  namesItself: true,
  parts: {
    ...part<LimitRangeSpec>("core/v1.LimitRangeSpec", {
      fields: {
        limits: (limits, place) => {
          distinct(
            limits,
            ({ type }) => type,
            (i, type) => place.at(i, "type").duplicate(type),
          );
        },
      },
    }),
    ...part<LimitRangeItem>("core/v1.LimitRangeItem", {
      open: ["type"],
      fields: { type: limitType },
      check: checkLimits,
    }),
  },
});

const limitTypes: readonly string[] = ["Pod", "Container", "PersistentVolumeClaim"];

function limitType(type: string, place: Place): void {
  labelKey(type, place);
  if (!type.includes("/") && !limitTypes.includes(type))
    place.invalid(`${quote(type)} is none of ${limitTypes.join(", ")}`);
}

function checkLimits(item: LimitRangeItem, place: Place): void {
  const isPod = item.type === "Pod";
  for (const field of LIMITS) {
    if (isPod && (field === "default" || field === "defaultRequest")) {
      if (Object.keys(item[field] ?? {}).length > 0)
        place.at(field).forbidden("a Pod has no defaults, its containers have");
      continue;
    }
    for (const name of Object.keys(item[field] ?? {})) {
      const known =
        item.type === "Pod" || item.type === "Container"
          ? CONTAINER_RESOURCES
          : [...QUOTA_RESOURCES, "storage"];
      checkName(name, known, place.at(field, name));
    }
  }
  if (
    item.type === "PersistentVolumeClaim" &&
    item.min?.["storage"] === undefined &&
    item.max?.["storage"] === undefined
  ) {
    place.required("a limit for claims has min or max of storage");
  }
  const inOrder: Check<readonly [keyof LimitRangeItem, keyof LimitRangeItem]> = (
    [low, high],
    at,
  ) => {
    const [lows, highs] = [item[low], item[high]] as Readonly<Record<string, string>>[];
    for (const [name, value] of Object.entries(lows ?? {})) {
      const other = highs?.[name];
      if (other === undefined || (parseQuantity(value) ?? 0n) <= (parseQuantity(other) ?? 0n))
        continue;
      const told = low === "min" && high !== "max" ? high : low;
      at.at(told, name).invalid(`${low}, ${value}, is more than ${high}, ${other}`);
    }
  };
  inOrder(["min", "max"], place);
  for (const field of isPod ? [] : (["default", "defaultRequest"] as const)) {
    inOrder(["min", field], place);
    inOrder([field, "max"], place);
  }
  if (!isPod) inOrder(["defaultRequest", "default"], place);
  for (const [name, text] of Object.entries(item.maxLimitRequestRatio ?? {})) {
    const ratio = parseQuantity(text) ?? 0n;
    const [min, max] = [item.min?.[name], item.max?.[name]].map(
      (value) => value && parseQuantity(value),
    );
    const at = place.at("maxLimitRequestRatio", name);
    if (ratio < 1_000_000_000n) at.invalid("a ratio is at least 1");
    if (
      typeof min === "bigint" &&
      typeof max === "bigint" &&
      min > 0n &&
      ratio * min > max * 1_000_000_000n
    ) {
      at.invalid("the ratio is more than that of max and min");
    }
  }
}
