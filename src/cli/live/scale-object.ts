import type { ApiAccess } from "../../control/api-route.ts";
import { groupKindOf, type KubernetesObject } from "../../objects/object.ts";
import { resourceOf } from "../../objects/resource.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { askApi } from "./ask-api.ts";

/**
 * Changes the number of a workload's pods, until its manifest changes.
 * @throws CommandError for an object without replicas, an invalid number, or a refusal of the API
 */
export async function scaleObject(
  access: ApiAccess,
  object: KubernetesObject,
  replicas: number,
): Promise<void> {
  if (!Number.isInteger(replicas) || replicas < 0) {
    throw new CommandError(EXIT.usage, "say how many: --replicas NUMBER");
  }
  const resource = resourceOf(object.apiVersion, object.kind);
  if (!resource?.subresources.some(({ name }) => name === "scale")) {
    const kind = groupKindOf(object).split(".", 1)[0];
    throw new CommandError(EXIT.usage, `a ${kind} has no number of pods to change`);
  }
  const { name, namespace = "" } = object.metadata;
  const group = object.apiVersion.includes("/") ? "apis" : "api";
  const path = `/${group}/${object.apiVersion}/namespaces/${namespace}/${resource.plural}/${name}/scale`;
  const response = await askApi(access, path, { method: "PATCH", patch: { spec: { replicas } } });
  response.resume();
}
