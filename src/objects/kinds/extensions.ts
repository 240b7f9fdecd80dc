import {
  type Check,
  distinct,
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  labelMap,
  portNumber,
  range,
  words,
} from "../checks.ts";
import { CREATED_COLUMNS } from "../columns/column.ts";
import { field, itemCount, withAge } from "../columns/fields.ts";
import { change, fill } from "../defaults/fill.ts";
import { isRecord, quote } from "../json.ts";
import { type Kind, kind } from "../kind.ts";
import type { KubernetesObject } from "../object.ts";
import { part } from "../part.ts";
import type { Place } from "../place.ts";
import type { Rule } from "../rule.ts";
import {
  addLabelSelector,
  CLUSTER,
  records,
  type SelectorScope,
  type SelectorUse,
} from "../selector-use.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  MutatingWebhookConfiguration,
  RuleWithOperations,
  RuntimeClass,
  Scheduling,
  ServiceReference,
  ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicyBindingSpec,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
  WebhookClientConfig,
} from "../tables/kinds.ts";
import { ofPolicyBinding } from "./admission-policies.ts";

/** A name of at least three labels, such as `check.example.com`. */
const qualifiedName: Check<string> = (name, place) => {
  dnsSubdomain(name, place);
  if (name.split(".").length < 3)
    place.invalid(`${quote(name)} needs at least three parts, such as check.example.com`);
};

const webhooks: Check<readonly ValidatingWebhook[]> = (list, place) => {
  distinct(
    list,
    ({ name }) => name,
    (i, name) => place.at(i, "name").duplicate(name),
  );
};

const webhook = {
  required: ["name", "admissionReviewVersions", "sideEffects"],
  open: ["sideEffects"],
  fields: {
    name: qualifiedName,
    timeoutSeconds: range(1, 30),
    sideEffects: words("None", "NoneOnDryRun"),
    admissionReviewVersions: (versions, place) => {
      for (const [i, version] of versions.entries()) dns1035Label(version, place.at(i));
      distinct(versions, String, (i, version) => place.at(i).duplicate(version));
      if (!versions.some((version) => version === "v1" || version === "v1beta1")) {
        place.invalid("an API server speaks v1 and v1beta1 alone");
      }
    },
  },
} satisfies Parameters<typeof part<ValidatingWebhook>>[1];

export const validatingWebhooks: Kind = kind<ValidatingWebhookConfiguration>({
  groupKind: "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
  columns: withAge(itemCount("WEBHOOKS", ["webhooks"])),
  selectors: addWebhookSelectors,
  parts: {
    ...part<ValidatingWebhookConfiguration>(
      "admissionregistration/v1.ValidatingWebhookConfiguration",
      {
        fields: { webhooks },
      },
    ),
    ...part<ValidatingWebhook>("admissionregistration/v1.ValidatingWebhook", webhook),
    ...part<WebhookClientConfig>("admissionregistration/v1.WebhookClientConfig", {
      oneOf: { of: ["url", "service"], some: true },
    }),
    ...part<ServiceReference>("admissionregistration/v1.ServiceReference", {
      required: ["namespace", "name"],
      fields: {
        port: portNumber,
        path: (path, place) => {
          if (!path.startsWith("/")) place.invalid(`${quote(path)} is no absolute path`);
          for (const step of path.split("/").slice(1)) {
            if (step === "" && path !== "/" && !path.endsWith("/"))
              place.invalid(`${quote(path)} has an empty step`);
            else if (step !== "") dnsSubdomain(step, place);
          }
        },
      },
    }),
    ...part<RuleWithOperations>("admissionregistration/v1.RuleWithOperations", {
      required: ["operations", "apiGroups", "apiVersions", "resources"],
      check({ apiVersions = [], resources = [] }, place) {
        for (const [field, list] of Object.entries({ apiVersions, resources })) {
          for (const [i, name] of list.entries()) if (name === "") place.at(field, i).required();
        }
      },
    }),
  },
});

export const mutatingWebhooks: Kind = kind<MutatingWebhookConfiguration>({
  groupKind: "MutatingWebhookConfiguration.admissionregistration.k8s.io",
  columns: withAge(itemCount("WEBHOOKS", ["webhooks"])),
  selectors: addWebhookSelectors,
  parts: {
    ...part<{ readonly webhooks?: readonly ValidatingWebhook[] }>(
      "admissionregistration/v1.MutatingWebhookConfiguration",
      { fields: { webhooks } },
    ),
    ...part<ValidatingWebhook>("admissionregistration/v1.MutatingWebhook", webhook),
  },
});

function addWebhookSelectors(
  { webhooks }: KubernetesObject & { readonly webhooks?: unknown },
  uses: SelectorUse[],
): void {
  for (const [i, webhook] of records(webhooks)) {
    const path = ["webhooks", i];
    const { objectSelector, namespaceSelector } = webhook;
    const scope: SelectorScope = isRecord(namespaceSelector)
      ? { in: "selectedNamespaces", selector: namespaceSelector }
      : { in: "allNamespaces" };
    addLabelSelector(
      uses,
      [...path, "namespaceSelector"],
      namespaceSelector,
      "webhook-namespaces",
      "Namespace",
      CLUSTER,
    );
    addLabelSelector(
      uses,
      [...path, "objectSelector"],
      objectSelector,
      "webhook-objects",
      undefined,
      scope,
    );
  }
}

const conversionWebhook: Rule<CustomResourceDefinition> = {
  id: "conversion-webhook",
  severity: "warning",
  check({ spec: { conversion } }, report) {
    if (conversion?.strategy !== "Webhook") return;
    const message = "here no webhook is called: versions are converted by their schemas alone";
    report(["spec", "conversion", "strategy"], message);
  },
};

export const customResourceDefinition: Kind = kind<CustomResourceDefinition>({
  groupKind: "CustomResourceDefinition.apiextensions.k8s.io",
  defaults: withDefaults,
  columns: CREATED_COLUMNS,
  advice: [conversionWebhook],
  parts: {
    ...part<CustomResourceDefinition>("apiextensions/v1.CustomResourceDefinition", {
      check({ metadata: { name }, spec: { group, names } }, place) {
        if (name === `${names?.plural}.${group}`) return;
        place
          .at("metadata", "name")
          .invalid("its name is spec.names.plural, a dot, and spec.group");
      },
    }),
    ...part<CustomResourceDefinitionSpec>("apiextensions/v1.CustomResourceDefinitionSpec", {
      required: ["group", "scope"],
      fields: {
        group: (group, place) => {
          dnsSubdomain(group, place);
          if (!group.includes("."))
            place.invalid(`${quote(group)} needs a dot, such as example.com`);
        },
        scope: words("Namespaced", "Cluster"),
        conversion: ({ strategy }, place) =>
          words("None", "Webhook")(strategy, place.at("strategy")),
        versions: (versions, place) => {
          if (versions.filter(({ storage }) => storage === true).length !== 1) {
            place.invalid("exactly one version is the one that is stored");
          }
          distinct(
            versions,
            ({ name }) => name,
            (i, name) => place.at(i, "name").duplicate(name),
          );
        },
      },
    }),
    ...part<CustomResourceDefinitionNames>("apiextensions/v1.CustomResourceDefinitionNames", {
      required: ["plural", "kind"],
      fields: {
        plural: dns1035Label,
        singular: (name, place) => {
          if (name !== "") dns1035Label(name, place);
        },
        kind: (name, place) => dns1035Label(name.toLowerCase(), place),
        shortNames: (list, place) => {
          for (const [i, name] of list.entries()) dns1035Label(name, place.at(i));
        },
      },
    }),
    ...part<CustomResourceDefinitionVersion>("apiextensions/v1.CustomResourceDefinitionVersion", {
      fields: { name: dns1035Label },
      check({ schema }, place) {
        const root = schema?.openAPIV3Schema;
        const at = place.at("schema", "openAPIV3Schema");
        if (root === undefined) at.required("a version says what its objects are");
        else if (root.type !== "object") at.at("type").invalid("an object is of type object");
        else checkTypes(root, at);
      },
    }),
  },
});

type Schema = NonNullable<
  NonNullable<CustomResourceDefinitionVersion["schema"]>["openAPIV3Schema"]
>;

const TYPES: readonly string[] = ["object", "array", "string", "integer", "number", "boolean"];

/** Every field of a structural schema has a type. */
function checkTypes(schema: Schema, place: Place): void {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const at = place.at("properties", name);
    const { type = "" } = property;
    const free =
      property["x-kubernetes-int-or-string"] === true ||
      property["x-kubernetes-preserve-unknown-fields"] === true;
    if (type === "" && !free) at.at("type").required("a field has a type");
    else if (type !== "" && !TYPES.includes(type))
      at.at("type").invalid(`${quote(type)} is none of ${TYPES.join(", ")}`);
    checkTypes(property, at);
  }
}

export const runtimeClass: Kind = kind<RuntimeClass>({
  groupKind: "RuntimeClass.node.k8s.io",
  columns: withAge(field("HANDLER", ["handler"])),
  parts: {
    ...part<RuntimeClass>("node/v1.RuntimeClass", {
      required: ["handler"],
      fields: { handler: dnsLabel },
    }),
    ...part<Scheduling>("node/v1.Scheduling", {
      fields: {
        nodeSelector: labelMap,
        tolerations: (list, place) => {
          distinct(
            list,
            (one) => JSON.stringify(one),
            (i) => place.at(i).duplicate("the same toleration"),
          );
        },
      },
    }),
  },
});

export const admissionPolicyBinding: Kind = kind<ValidatingAdmissionPolicyBinding>({
  groupKind: "ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io",
  columns: withAge(...ofPolicyBinding()),
  parts: part<ValidatingAdmissionPolicyBindingSpec>(
    "admissionregistration/v1.ValidatingAdmissionPolicyBindingSpec",
    { required: ["policyName", "validationActions"] },
  ),
});

function withDefaults(definition: CustomResourceDefinition): CustomResourceDefinition {
  return change(definition, "spec", (spec) =>
    change(fill(spec, { conversion: { strategy: "None" } }), "names", (names) =>
      fill(names, { singular: names.kind.toLowerCase(), listKind: `${names.kind}List` }),
    ),
  );
}
