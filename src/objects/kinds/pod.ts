import { isDeepStrictEqual } from "node:util";
import { NAME } from "../columns/column.ts";
import { fieldOfItems, valueAt } from "../columns/fields.ts";
import { POD_COLUMNS } from "../columns/pod.ts";
import { formatMap } from "../columns/selector-text.ts";
import { defaultPod } from "../defaults/pod.ts";
import { completePodSpec } from "../defaults/server-pod.ts";
import { immutableExcept } from "../immutable-fields.ts";
import { type Kind, kind } from "../kind.ts";
import type { Place } from "../place.ts";
import type { Pod as AdmittedPod } from "../pod.ts";
import type { Container, Pod, PodSpec, PodTemplate } from "../tables/kinds.ts";

export const pod: Kind = kind<Pod, AdmittedPod>({
  groupKind: "Pod",
  pods: { at: [] },
  update: checkUpdate,
  defaults: defaultPod,
  columns: POD_COLUMNS,
});

export const podTemplate: Kind = kind<PodTemplate>({
  groupKind: "PodTemplate",
  columns: [
    NAME,
    {
      header: "CONTAINERS",
      cell: (object) => fieldOfItems(object, ["template", "spec", "containers"], "name"),
    },
    {
      header: "IMAGES",
      cell: (object) => fieldOfItems(object, ["template", "spec", "containers"], "image"),
    },
    {
      header: "POD LABELS",
      cell: (object) =>
        formatMap(valueAt(object, ["template", "metadata", "labels"]) as Record<string, string>),
    },
  ],
});

/** Of a Pod's spec only images and little else may change. */
function checkUpdate({ spec: before }: Pod, { spec: after }: Pod, root: Place): void {
  const place = root.at("spec");
  for (const field of ["containers", "initContainers"] as const) {
    if ((before[field] ?? []).length !== (after[field] ?? []).length) {
      place.at(field).forbidden("a Pod keeps the containers that it has");
      return;
    }
  }
  const [was, is] = [before.activeDeadlineSeconds, after.activeDeadlineSeconds];
  if (was !== undefined && (is === undefined || is > was)) {
    place.at("activeDeadlineSeconds").invalid("a deadline can come closer only");
  }
  const tolerations = after.tolerations ?? [];
  if (
    !(before.tolerations ?? []).every((one) => tolerations.some((other) => tolerates(one, other)))
  ) {
    place.at("tolerations").forbidden("tolerations can be added only");
  }
  immutableExcept(fixed(before), fixed(after), [], place);
}

/** How long it lasts may be said anew. */
function tolerates(one: object, other: object): boolean {
  return isDeepStrictEqual({ ...one, tolerationSeconds: 0 }, { ...other, tolerationSeconds: 0 });
}

/** What of a spec can't change. */
function fixed(written: PodSpec): object {
  const spec = completePodSpec(written);
  const withoutImages = (list: unknown) =>
    (list as readonly Container[]).map((one) => ({ ...one, image: "" }));
  return {
    ...spec,
    activeDeadlineSeconds: undefined,
    tolerations: undefined,
    schedulingGates: undefined,
    containers: withoutImages(spec["containers"]),
    initContainers: withoutImages(spec["initContainers"]),
  };
}
