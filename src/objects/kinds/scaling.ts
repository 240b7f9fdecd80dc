import {
  atMostAll,
  countOrPercent,
  dnsLabel,
  labelKey,
  positive,
  range,
  words,
} from "../checks.ts";
import { AGE, NAME } from "../columns/column.ts";
import { field, withAge } from "../columns/fields.ts";
import type { PodDisruptionBudget } from "../disruption-budget.ts";
import { quote } from "../json.ts";
import { type Kind, kind } from "../kind.ts";
import { part } from "../part.ts";
import type { Place } from "../place.ts";
import { parseQuantity } from "../quantity.ts";
import { addLabelSelector, ownScope } from "../selector-use.ts";
import type {
  ContainerResourceMetricSource,
  CrossVersionObjectReference,
  ExternalMetricSource,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  HPAScalingRules,
  LeaseSpec,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
  ObjectMetricSource,
  PodDisruptionBudgetSpec,
  PodsMetricSource,
  PriorityClass,
  ResourceMetricSource,
} from "../tables/kinds.ts";
import { pathSegment } from "./rbac.ts";

export const disruptionBudget: Kind = kind<PodDisruptionBudget>({
  groupKind: "PodDisruptionBudget.policy",
  selectors(object, uses) {
    const path = ["spec", "selector"];
    addLabelSelector(uses, path, object.spec.selector, "disruption", "Pod", ownScope(object));
  },
  columns: [
    NAME,
    { header: "MIN AVAILABLE", cell: ({ spec }) => String(spec.minAvailable ?? "N/A") },
    { header: "MAX UNAVAILABLE", cell: ({ spec }) => String(spec.maxUnavailable ?? "N/A") },
    {
      header: "ALLOWED DISRUPTIONS",
      cell: ({ status }) =>
        String((status as { disruptionsAllowed?: number } | undefined)?.disruptionsAllowed ?? 0),
    },
    AGE,
  ],
  name: pathSegment,
  parts: part<PodDisruptionBudgetSpec>("policy/v1.PodDisruptionBudgetSpec", {
    check({ minAvailable, maxUnavailable }, at) {
      const place = at.as({ rule: "disruption-budget" });
      if (minAvailable !== undefined && maxUnavailable !== undefined) {
        place
          .at("maxUnavailable")
          .invalid("minAvailable and maxUnavailable exclude each other", { at: "key" });
      }
      for (const [field, value] of Object.entries({ minAvailable, maxUnavailable })) {
        if (value === undefined) continue;
        countOrPercent(value, place.at(field));
        atMostAll(value, place.at(field));
      }
    },
  }),
});

type Replicas = Pick<
  HorizontalPodAutoscalerSpec,
  "minReplicas" | "maxReplicas" | "scaleTargetRef"
> & {
  readonly targetCPUUtilizationPercentage?: number;
};

function checkReplicas(
  { minReplicas = 1, maxReplicas, scaleTargetRef }: Replicas,
  place: Place,
): void {
  if (maxReplicas > 0 && maxReplicas < minReplicas)
    place.at("maxReplicas").invalid("maxReplicas is less than minReplicas");
  const { apiVersion = "" } = scaleTargetRef;
  if (!apiVersion.includes("/")) {
    place
      .at("scaleTargetRef", "apiVersion")
      .invalid("the version of what is scaled has a group", { hint: "write apiVersion: apps/v1" });
  }
}

/** The member of a metric that its type names. */
const METRICS: ReadonlyMap<string, keyof MetricSpec & string> = new Map([
  ["Object", "object"],
  ["Pods", "pods"],
  ["Resource", "resource"],
  ["External", "external"],
  ["ContainerResource", "containerResource"],
]);

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

export const autoscaler: Kind = kind({
  groupKind: "HorizontalPodAutoscaler.autoscaling",
  columns: [
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
  ],
  parts: {
    ...part<HorizontalPodAutoscalerSpec>("autoscaling/v2.HorizontalPodAutoscalerSpec", {
      required: ["maxReplicas"],
      fields: { minReplicas: positive, maxReplicas: positive },
      check: checkReplicas,
    }),
    ...part<Replicas>("autoscaling/v1.HorizontalPodAutoscalerSpec", {
      required: ["maxReplicas"],
      fields: {
        targetCPUUtilizationPercentage: positive,
        minReplicas: positive,
        maxReplicas: positive,
      },
      check: checkReplicas,
    }),
    ...Object.fromEntries(
      ["autoscaling/v1", "autoscaling/v2"].flatMap((version) =>
        Object.entries(
          part<CrossVersionObjectReference>(`${version}.CrossVersionObjectReference`, {
            required: ["kind", "name"],
            fields: { kind: pathSegment, name: pathSegment },
            check({ apiVersion = "" }, place) {
              if (apiVersion.split("/").length > 2)
                place.at("apiVersion").invalid(`${quote(apiVersion)} is no apiVersion`);
            },
          }),
        ),
      ),
    ),
    ...part<MetricSpec>("autoscaling/v2.MetricSpec", {
      required: ["type"],
      fields: { type: words(...METRICS.keys()) },
      check(metric, place) {
        const wanted = METRICS.get(metric.type);
        if (wanted !== undefined && metric[wanted] === undefined)
          place.at(wanted).required(`type: ${metric.type} needs it`);
        for (const member of METRICS.values()) {
          if (member !== wanted && metric[member] !== undefined)
            place.at(member).forbidden(`it does not go with type: ${metric.type}`);
        }
      },
    }),
    ...part<ResourceMetricSource>("autoscaling/v2.ResourceMetricSource", {
      required: ["name"],
      check: ({ target }, place) => checkUtilization(target, place.at("target")),
    }),
    ...part<ContainerResourceMetricSource>("autoscaling/v2.ContainerResourceMetricSource", {
      required: ["name", "container"],
      fields: { name: labelKey, container: dnsLabel },
      check: ({ target }, place) => checkUtilization(target, place.at("target")),
    }),
    ...part<PodsMetricSource>("autoscaling/v2.PodsMetricSource", {
      check({ target }, place) {
        if (target.averageValue === undefined) place.at("target", "averageValue").required();
      },
    }),
    ...part<ObjectMetricSource>("autoscaling/v2.ObjectMetricSource", {
      check: ({ target }, place) => checkValue(target, place.at("target")),
    }),
    ...part<ExternalMetricSource>("autoscaling/v2.ExternalMetricSource", {
      check({ target }, place) {
        checkValue(target, place.at("target"));
        if (target.value !== undefined && target.averageValue !== undefined) {
          place.at("target", "value").forbidden("value and averageValue exclude each other");
        }
      },
    }),
    ...part<MetricIdentifier>("autoscaling/v2.MetricIdentifier", {
      open: ["selector"],
      required: ["name"],
      fields: { name: pathSegment },
    }),
    ...part<MetricTarget>("autoscaling/v2.MetricTarget", {
      open: ["type"],
      required: ["type"],
      fields: {
        type: words("Utilization", "Value", "AverageValue"),
        value: aboveZero,
        averageValue: aboveZero,
        averageUtilization: positive,
      },
    }),
    ...part<HPAScalingRules>("autoscaling/v2.HPAScalingRules", {
      fields: {
        stabilizationWindowSeconds: range(0, 3600),
        selectPolicy: words("Max", "Min", "Disabled"),
      },
      check({ policies }, place) {
        if (policies !== undefined && policies.length === 0)
          place.at("policies").required("at least one policy is needed");
      },
    }),
    ...part<HPAScalingPolicy>("autoscaling/v2.HPAScalingPolicy", {
      fields: {
        type: words("Pods", "Percent"),
        value: positive,
        periodSeconds: range(1, 1800),
      },
    }),
  },
});

function aboveZero(value: string, place: Place): void {
  if ((parseQuantity(value) ?? 0n) <= 0n) place.invalid(`${quote(value)} has to be more than 0`);
}

function checkUtilization({ averageUtilization, averageValue }: MetricTarget, place: Place): void {
  if (averageUtilization === undefined && averageValue === undefined) {
    place.at("averageUtilization").required("averageUtilization or averageValue is needed");
  } else if (averageUtilization !== undefined && averageValue !== undefined) {
    place.at("averageValue").forbidden("averageUtilization and averageValue exclude each other");
  }
}

function checkValue({ value, averageValue }: MetricTarget, place: Place): void {
  if (value === undefined && averageValue === undefined)
    place.at("averageValue").required("value or averageValue is needed");
}

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

export const priorityClass: Kind = kind<PriorityClass>({
  groupKind: "PriorityClass.scheduling.k8s.io",
  columns: [
    NAME,
    { header: "VALUE", cell: ({ value = 0 }) => String(value) },
    {
      header: "GLOBAL-DEFAULT",
      cell: ({ globalDefault = false }) => String(globalDefault),
    },
    AGE,
    {
      header: "PREEMPTIONPOLICY",
      cell: ({ preemptionPolicy = "PreemptLowerPriority" }) => preemptionPolicy,
    },
  ],
  parts: part<PriorityClass>("scheduling/v1.PriorityClass", {
    fields: { preemptionPolicy: words("PreemptLowerPriority", "Never") },
    check({ metadata: { name }, value = 0 }, place) {
      if (value > 1_000_000_000 && !name.startsWith("system-")) {
        place.at("value").forbidden("values above 1000000000 are the system's");
      }
    },
  }),
});

export const lease: Kind = kind({
  groupKind: "Lease.coordination.k8s.io",
  columns: withAge(field("HOLDER", ["spec", "holderIdentity"])),
  parts: part<LeaseSpec>("coordination/v1.LeaseSpec", {
    fields: { leaseDurationSeconds: positive, leaseTransitions: range(0) },
  }),
});
