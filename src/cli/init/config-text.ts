import type { ManifestInput } from "../../manifests/manifest-input.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import { resourceOf } from "../../objects/resource.ts";
import type { ManifestChoice } from "./choose-manifests.ts";
import type { Project, Surroundings } from "./look-around.ts";
import { schemaLine } from "./schema-line.ts";

/** A workload, and the source project that it is built from, if one was found. */
export interface Guess {
  readonly workload: KubernetesObject;
  readonly project: Project | undefined;
}

/** The text of a project's kubelane.yaml: all its workloads, those with a known start command ready to run. */
export function configText(
  { chosen, others }: ManifestChoice,
  guesses: readonly Guess[],
  { composeFiles }: Pick<Surroundings, "composeFiles">,
  schema: string,
): string {
  const lines = [
    schemaLine(schema),
    "# What this machine adds to the manifests, which stay as they are for a cluster.",
    "",
    "manifests:",
    ...chosen.map((input) => `  - ${inputText(input)}`),
    ...others.map((input) => `  # - ${inputText(input)}`),
    ...composeFiles.map((file) => `  # ${file} is a compose file, and is not read`),
    "",
    "# A process stands for each pod of these; $PORT is where it has to listen.",
    "run:",
    ...guesses.map(lineOf),
    "",
    "# What runs already, in an IDE for example:",
    "# attach:",
    `#   ${targetOf(guesses[0]?.workload)}: [127.0.0.1:3000]`,
    "",
  ];
  return lines.join("\n");
}

function inputText(input: ManifestInput): string {
  if (typeof input === "string") return input;
  return "kustomize" in input ? `kustomize: ${input.kustomize}` : `helm: ${input.helm}`;
}

function lineOf({ workload, project }: Guess): string {
  const target = targetOf(workload);
  if (project?.command === undefined) {
    const cwd = project === undefined ? "." : project.folder;
    return `  # ${target}: { command: …, cwd: ${cwd} }   # ${imageOf(workload)}`;
  }
  return `  ${target}: { command: ${project.command}, cwd: ${project.folder} }   # ${project.because}`;
}

function targetOf(workload: KubernetesObject | undefined): string {
  if (workload === undefined) return "deploy/web";
  const { apiVersion, kind, metadata } = workload;
  const [short = kind.toLowerCase()] = resourceOf(apiVersion, kind)?.shortNames ?? [];
  const where = metadata.namespace === "default" ? "" : `${metadata.namespace}/`;
  return `${where}${short}/${metadata.name}`;
}

/** The image of a workload's main container. */
export function imageOf({ spec }: KubernetesObject): string {
  const { template, jobTemplate, containers } = (spec ?? {}) as Templated;
  const pod = template?.spec ?? jobTemplate?.spec?.template?.spec ?? { containers };
  return pod?.containers?.[0]?.image ?? "";
}

interface Templated {
  readonly containers?: readonly { readonly image?: string }[] | undefined;
  readonly template?: { readonly spec?: Templated };
  readonly jobTemplate?: { readonly spec?: { readonly template?: { readonly spec?: Templated } } };
}
