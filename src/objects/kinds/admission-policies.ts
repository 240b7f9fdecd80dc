import type { Column } from "../columns/column.ts";
import { field, itemCount, UNSET, valueAt, withAge } from "../columns/fields.ts";
import { type Kind, kind } from "../kind.ts";

export const validatingAdmissionPolicy: Kind = kind({
  groupKind: "ValidatingAdmissionPolicy.admissionregistration.k8s.io",
  columns: withAge(itemCount("VALIDATIONS", ["spec", "validations"]), parameterKind()),
});

export const mutatingAdmissionPolicy: Kind = kind({
  groupKind: "MutatingAdmissionPolicy.admissionregistration.k8s.io",
  columns: withAge(itemCount("MUTATIONS", ["spec", "mutations"]), parameterKind()),
});

export const mutatingAdmissionPolicyBinding: Kind = kind({
  groupKind: "MutatingAdmissionPolicyBinding.admissionregistration.k8s.io",
  columns: withAge(...ofPolicyBinding()),
});

function parameterKind(): Column {
  return {
    header: "PARAMKIND",
    cell: (object) => {
      const kind = valueAt(object, ["spec", "paramKind"]) as Record<string, string> | undefined;
      return kind === undefined ? UNSET : `${kind["apiVersion"]}/${kind["kind"]}`;
    },
  };
}

/** What both kinds of binding print. */
export function ofPolicyBinding(): readonly Column[] {
  return [
    field("POLICYNAME", ["spec", "policyName"]),
    {
      header: "PARAMREF",
      cell: (object) => {
        const name = valueAt(object, ["spec", "paramRef", "name"]);
        const namespace = valueAt(object, ["spec", "paramRef", "namespace"]) ?? "*";
        return name === undefined ? UNSET : `${namespace}/${name}`;
      },
    },
  ];
}
