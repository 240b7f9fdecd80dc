import { fromMap } from "../../labels/selector.ts";
import { AGE, type Column, NAME } from "../columns/column.ts";
import { MAP_SELECTOR, SELECTOR, templateColumns } from "../columns/pod-template.ts";
import { count } from "../columns/replicas.ts";
import { change, fill } from "../defaults/fill.ts";
import { defaultTemplate } from "../defaults/pod.ts";
import { withTemplateLabels } from "../defaults/template-labels.ts";
import { type Kind, kind } from "../kind.ts";
import type { KubernetesObject } from "../object.ts";
import { part } from "../part.ts";
import {
  checkRestart,
  checkSelector,
  counts,
  keepsSelector,
  mismatch,
  ownSelector,
  TEMPLATE,
} from "../rules/workload.ts";
import { addMap, ownScope } from "../selector-use.ts";
import type {
  ReplicaSet,
  ReplicaSetSpec,
  ReplicationController,
  ReplicationControllerSpec,
} from "../tables/kinds.ts";

type Replicated = KubernetesObject & { readonly spec: { readonly replicas?: number } };

const COLUMNS: readonly Column<Replicated>[] = [
  NAME,
  { header: "DESIRED", cell: ({ spec }) => String(spec.replicas ?? 1) },
  count("CURRENT", "replicas"),
  count("READY", "readyReplicas"),
  AGE,
  ...templateColumns(TEMPLATE),
];

export const replicaSet: Kind = kind<ReplicaSet>({
  groupKind: "ReplicaSet.apps",
  pods: { at: TEMPLATE },
  update: keepsSelector,
  defaults: (set) =>
    change(set, "spec", (spec) => fill(change(spec, "template", defaultTemplate), { replicas: 1 })),
  selectors: ownSelector,
  columns: [...COLUMNS, SELECTOR],
  parts: part<ReplicaSetSpec>("apps/v1.ReplicaSetSpec", { fields: counts, check: checkSelector }),
});

export const replicationController: Kind = kind<ReplicationController>({
  groupKind: "ReplicationController",
  pods: { at: TEMPLATE },
  defaults: controllerWithDefaults,
  selectors: (object, uses) => addMap(uses, object.spec.selector, "replicas", ownScope(object)),
  columns: [...COLUMNS, MAP_SELECTOR],
  parts: part<ReplicationControllerSpec>("core/v1.ReplicationControllerSpec", {
    fields: counts,
    check({ selector, template }, place) {
      const labels = template.metadata?.labels ?? {};
      // Without a selector it is the template's labels.
      const chosen = Object.keys(selector ?? {}).length === 0 ? labels : selector!;
      if (Object.keys(chosen).length === 0)
        place.at("selector").required("it needs a selector, or labels in the template");
      else if (!fromMap(chosen).matches(labels)) mismatch(fromMap(chosen).toString(), place);
      checkRestart(template, place.at("template"));
    },
  }),
});

/** Selector and labels that are left out are the template's labels. */
function controllerWithDefaults(controller: ReplicationController): ReplicationController {
  const labels = controller.spec.template.metadata?.labels;
  const made = change(controller, "spec", (spec) => {
    const own = Object.keys(spec.selector ?? {}).length > 0;
    const filled = fill(change(spec, "template", defaultTemplate), { replicas: 1 });
    return own || labels === undefined ? filled : { ...filled, selector: labels };
  });
  return withTemplateLabels(made);
}
