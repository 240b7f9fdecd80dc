import { AGE, NAME, NONE } from "../columns/column.ts";
import { type Kind, kind } from "../kind.ts";
import type { ControllerRevision } from "../tables/kinds.ts";

export const controllerRevision: Kind = kind<ControllerRevision>({
  groupKind: "ControllerRevision.apps",
  columns: [
    NAME,
    {
      header: "CONTROLLER",
      cell: ({ metadata }) => {
        const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
        if (owner === undefined) return NONE;
        const [group] = owner.apiVersion.includes("/") ? owner.apiVersion.split("/") : [""];
        const kind = owner.kind.toLowerCase();
        return `${group ? `${kind}.${group}` : kind}/${owner.name}`;
      },
    },
    { header: "REVISION", cell: ({ revision }) => String(revision ?? "") },
    AGE,
  ],
});
