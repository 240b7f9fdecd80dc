import { type Command, CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { OBJECT_NAMESPACE } from "../object-options.ts";

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
    const { scaleObject } = await import("../live/scale-object.ts");
    const running = await runningUp(context);
    const access = await apiOf(running);
    const store = await objectsOf(running);
    for (const word of words as readonly string[]) {
      const object = namedObject(store, word, options["namespace"] as string | undefined);
      await scaleObject(access, object, replicas);
      context.stderr.write(`${word}: ${replicas} ${replicas === 1 ? "pod" : "pods"} wanted\n`);
    }
    return EXIT.ok;
  },
};
