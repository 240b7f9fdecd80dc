import {
  all,
  dnsLabel,
  each,
  labelKey,
  labelMap,
  labelValue,
  nonNegative,
  ruled,
} from "../checks.ts";
import { quote } from "../json.ts";
import type { ObjectMeta } from "../object.ts";
import { type Parts, part } from "../part.ts";
import type { LabelSelector, LabelSelectorRequirement, OwnerReference } from "../tables/kinds.ts";

/** All keys and values of an object's annotations together, in bytes. */
const MAX_ANNOTATIONS = 256 * 1024;

const SELECTOR_OPERATORS: readonly string[] = ["In", "NotIn", "Exists", "DoesNotExist"];

export const metadataParts: Parts = {
  ...part<ObjectMeta & { readonly finalizers?: readonly string[] }>("meta/v1.ObjectMeta", {
    fields: {
      generation: nonNegative,
      namespace: ruled("namespace-format", dnsLabel),
      labels: (labels, place) => {
        for (const [key, value] of Object.entries(labels)) {
          labelKey(key, place.at(key).as({ rule: "label-key", at: "key" }));
          labelValue(value, place.at(key).as({ rule: "label-value" }));
        }
      },
      annotations: (annotations, place) => {
        let bytes = 0;
        for (const [key, value] of Object.entries(annotations)) {
          // The prefix of an annotation's key may be written in upper case.
          labelKey(key.toLowerCase(), place.at(key).as({ rule: "annotation-key", at: "key" }));
          bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
        }
        if (bytes <= MAX_ANNOTATIONS) return;
        const message = `the annotations have ${bytes} bytes, at most ${MAX_ANNOTATIONS} fit`;
        place.invalid(message, { rule: "annotation-size", at: "key" });
      },
      finalizers: all(each(labelKey), (finalizers, place) => {
        if (!finalizers.includes("orphan") || !finalizers.includes("foregroundDeletion")) return;
        place.invalid("orphan and foregroundDeletion exclude each other");
      }),
      ownerReferences: (owners, place) => {
        const uids = owners.filter(({ controller }) => controller === true).map(({ uid }) => uid);
        if (new Set(uids).size > 1) place.invalid("an object has one controller at most");
      },
    },
  }),
  ...part<OwnerReference>("meta/v1.OwnerReference", {
    required: ["apiVersion", "kind", "name", "uid"],
    fields: {
      apiVersion: (version, place) => {
        if (version.split("/").length > 2) place.invalid(`${quote(version)} is no apiVersion`);
      },
    },
    check({ apiVersion, kind }, place) {
      if (apiVersion === "v1" && kind === "Event") place.invalid("an Event owns nothing");
    },
  }),
  ...part<LabelSelector>("meta/v1.LabelSelector", { fields: { matchLabels: labelMap } }),
  ...part<LabelSelectorRequirement>("meta/v1.LabelSelectorRequirement", {
    check({ key, operator, values = [] }, at) {
      const place = at.as({ rule: "selector-invalid" });
      labelKey(key, place.at("key"));
      if (!SELECTOR_OPERATORS.includes(operator)) {
        const known = SELECTOR_OPERATORS.join(", ");
        place.at("operator").invalid(`${quote(operator)} is no operator here; there are ${known}`);
      } else if (operator.endsWith("In") && values.length === 0) {
        place.at("values").required(`${operator} needs at least one value`);
      } else if (!operator.endsWith("In") && values.length > 0) {
        place.at("values").invalid(`${operator} takes no values`, { hint: "remove values" });
      }
      each(labelValue)(values, place.at("values"));
    },
  }),
};
