import type { PodDisruptionBudget } from "../disruption-budget.ts";
import type { KubernetesObject } from "../object.ts";
import { AGE, type Column, NAME } from "./column.ts";

export const DISRUPTION_BUDGET_COLUMNS: readonly Column<PodDisruptionBudget>[] = [
  NAME,
  { header: "MIN AVAILABLE", cell: ({ spec }) => String(spec.minAvailable ?? "N/A") },
  { header: "MAX UNAVAILABLE", cell: ({ spec }) => String(spec.maxUnavailable ?? "N/A") },
  {
    header: "ALLOWED DISRUPTIONS",
    cell: ({ status }) =>
      String((status as { disruptionsAllowed?: number } | undefined)?.disruptionsAllowed ?? 0),
  },
  AGE,
];

interface Scaler {
  readonly scaleTargetRef?: { readonly kind: string; readonly name: string };
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly metrics?: readonly {
    readonly resource?: {
      readonly name: string;
      readonly target?: { readonly averageUtilization?: number };
    };
  }[];
}

interface ScalerStatus {
  readonly currentReplicas?: number;
  readonly currentMetrics?: readonly {
    readonly resource?: {
      readonly name: string;
      readonly current?: { readonly averageUtilization?: number };
    };
  }[];
}

export const AUTOSCALER_COLUMNS: readonly Column[] = [
  NAME,
  {
    header: "REFERENCE",
    cell: ({ spec }) => {
      const { scaleTargetRef: target } = spec as Scaler;
      return target === undefined ? "" : `${target.kind}/${target.name}`;
    },
  },
  {
    header: "TARGETS",
    cell: ({ spec, status }) => targets(spec as Scaler, status as ScalerStatus),
  },
  { header: "MINPODS", cell: ({ spec }) => String((spec as Scaler).minReplicas ?? "<unset>") },
  { header: "MAXPODS", cell: ({ spec }) => String((spec as Scaler).maxReplicas ?? 0) },
  {
    header: "REPLICAS",
    cell: ({ status }) => String((status as ScalerStatus | undefined)?.currentReplicas ?? 0),
  },
  AGE,
];

function targets({ metrics = [] }: Scaler, status: ScalerStatus | undefined): string {
  const texts = metrics.map(({ resource }) => {
    const wanted = resource?.target?.averageUtilization;
    if (resource === undefined || wanted === undefined) return "<unknown>";
    const now = status?.currentMetrics?.find((each) => each.resource?.name === resource.name);
    const percent = now?.resource?.current?.averageUtilization;
    return `${resource.name}: ${percent === undefined ? "<unknown>" : `${percent}%`}/${wanted}%`;
  });
  return texts.join(", ") || "<none>";
}

const CREATED: Column = {
  header: "CREATED AT",
  cell: ({ metadata }) => metadata.creationTimestamp ?? "<unknown>",
};

/** Kinds of which kubectl prints the time and not the age. */
export const CREATED_COLUMNS: readonly Column[] = [NAME, CREATED];

export const BINDING_COLUMNS: readonly Column[] = [
  NAME,
  {
    header: "ROLE",
    cell: (object) => {
      const { roleRef } = object as { roleRef?: { kind: string; name: string } };
      return roleRef === undefined ? "" : `${roleRef.kind}/${roleRef.name}`;
    },
  },
  AGE,
];

export const CONTROLLER_REVISION_COLUMNS: readonly Column[] = [
  NAME,
  {
    header: "CONTROLLER",
    cell: ({ metadata }) => {
      const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
      if (owner === undefined) return "<none>";
      const [group] = owner.apiVersion.includes("/") ? owner.apiVersion.split("/") : [""];
      const kind = owner.kind.toLowerCase();
      return `${group ? `${kind}.${group}` : kind}/${owner.name}`;
    },
  },
  {
    header: "REVISION",
    cell: (object) => String((object as { revision?: number }).revision ?? ""),
  },
  AGE,
];

interface EventObject {
  readonly lastTimestamp?: string;
  readonly eventTime?: string;
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

export function eventColumns(formatAge: (time: string | undefined, now: Date) => string): Column[] {
  const of = (object: unknown) => object as EventObject;
  return [
    {
      header: "LAST SEEN",
      cell: (object, now) => formatAge(of(object).lastTimestamp ?? of(object).eventTime, now),
    },
    { header: "TYPE", cell: (object) => of(object).type ?? "" },
    { header: "REASON", cell: (object) => of(object).reason ?? "" },
    {
      header: "OBJECT",
      cell: (object) => {
        const { kind = "", name = "" } = of(object).involvedObject ?? {};
        return `${kind.toLowerCase()}/${name}`;
      },
    },
    { header: "MESSAGE", cell: (object) => (of(object).message ?? "").trim() },
  ];
}

/** `pods: 3/10`; what is limited stands in a column of its own. */
export const QUOTA_COLUMNS: readonly Column[] = [
  NAME,
  { header: "REQUEST", cell: (object) => quotaText(object, false) },
  { header: "LIMIT", cell: (object) => quotaText(object, true) },
  AGE,
];

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

export const PRIORITY_CLASS_COLUMNS: readonly Column[] = [
  NAME,
  { header: "VALUE", cell: (object) => String((object as { value?: number }).value ?? 0) },
  {
    header: "GLOBAL-DEFAULT",
    cell: (object) => String((object as { globalDefault?: boolean }).globalDefault ?? false),
  },
  AGE,
  {
    header: "PREEMPTIONPOLICY",
    cell: (object) =>
      (object as { preemptionPolicy?: string }).preemptionPolicy ?? "PreemptLowerPriority",
  },
];
