import { groupKindOf } from "../../objects/object.ts";
import { resourceOf } from "../../objects/resource.ts";
import { type Command, CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { OBJECT_NAMESPACE } from "../live/object-namespace.ts";

export const scale: Command = {
  name: "scale",
  summary: "run another number of pods of a workload",
  description:
    "Holds until the manifest changes or `up` ends. `replicas` in kubelane.yaml says for good how many run here.",
  arguments: [{ name: "name", summary: "TYPE/NAME", required: true, variadic: true }],
  options: [{ flags: "--replicas <number>", summary: "how many" }, OBJECT_NAMESPACE],
  examples: [{ line: "scale deploy/web --replicas 3", does: "three pods of it" }],
  async run(context, { args: [words], options }) {
    const replicas = Number(options["replicas"]);
    if (!Number.isInteger(replicas) || replicas < 0) {
      throw new CommandError(EXIT.usage, "say how many: --replicas NUMBER");
    }
    const { apiOf, objectsOf, runningUp } = await import("../live/running-up.ts");
    const { namedObject } = await import("../live/named-objects.ts");
    const { askApi } = await import("../live/ask-api.ts");
    const running = await runningUp(context);
    const access = await apiOf(running);
    const store = await objectsOf(running);
    for (const word of words as readonly string[]) {
      const object = namedObject(store, word, options["namespace"] as string | undefined);
      const resource = resourceOf(object.apiVersion, object.kind);
      if (!resource?.subresources.some(({ name }) => name === "scale")) {
        const kind = groupKindOf(object).split(".", 1)[0];
        throw new CommandError(EXIT.usage, `a ${kind} has no number of pods to change`);
      }
      const { name, namespace = "" } = object.metadata;
      const group = object.apiVersion.includes("/") ? "apis" : "api";
      const path = `/${group}/${object.apiVersion}/namespaces/${namespace}/${resource.plural}/${name}/scale`;
      const response = await askApi(access, path, {
        method: "PATCH",
        patch: { spec: { replicas } },
      });
      response.resume();
      context.stderr.write(`${word}: ${replicas} ${replicas === 1 ? "pod" : "pods"} wanted\n`);
    }
    return EXIT.ok;
  },
};
