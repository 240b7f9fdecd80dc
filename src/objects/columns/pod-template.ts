import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import type { LabelSelector } from "../label-selector.ts";
import type { KubernetesObject } from "../object.ts";
import { templateAt } from "../template-at.ts";
import type { Column } from "./column.ts";
import { formatLabelSelector, formatMap } from "./selector-text.ts";

/** The containers of a template and their images, which kubectl shows with `-o wide`. */
export function templateColumns(at: FieldPath): readonly Column[] {
  const containersOf = (object: KubernetesObject) => templateAt(object, at).spec.containers;
  return [
    {
      header: "CONTAINERS",
      wide: true,
      cell: (object) =>
        containersOf(object)
          .map(({ name }) => name)
          .join(","),
    },
    {
      header: "IMAGES",
      wide: true,
      cell: (object) =>
        containersOf(object)
          .map(({ image = "" }) => image)
          .join(","),
    },
  ];
}

/** The selector of a workload; kubectl has it last, with `-o wide`. */
export const SELECTOR: Column<KubernetesObject & { readonly spec: { selector?: LabelSelector } }> =
  {
    header: "SELECTOR",
    wide: true,
    cell: ({ spec }) => formatLabelSelector(spec.selector),
  };

/** A ReplicationController's, which is a plain map. */
export const MAP_SELECTOR: Column<
  KubernetesObject & { readonly spec: { selector?: Readonly<Record<string, string>> } }
> = {
  header: "SELECTOR",
  wide: true,
  cell: ({ spec }) => formatMap(spec.selector),
};
