import { type Command, CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { OBJECT_NAMESPACE } from "../object-options.ts";
import type { RestartReply, RestartRequest } from "../up/restart-route.ts";

export const restart: Command = {
  name: "restart",
  summary: "start local pods again, one at a time",
  description:
    "Each new process begins beside the old one, which ends when the new one is ready: no request is lost.\n" +
    "Where a new one does not become ready, the old one stays, and the exit code is 1.",
  arguments: [
    {
      name: "name",
      summary: "TYPE/NAME, or the name of a pod or workload",
      required: true,
      variadic: true,
    },
  ],
  options: [OBJECT_NAMESPACE],
  examples: [
    { line: "restart deploy/web", does: "all its pods, one after another" },
    { line: "restart web-1", does: "one pod" },
  ],
  async run(context, { args: [words], options }) {
    const { objectsOf, runningUp } = await import("../live/running-up.ts");
    const { namedObject, podsOf } = await import("../live/named-objects.ts");
    const { askEngine, wholeAnswer } = await import("../../control/request.ts");
    const { RESTART_ROUTE } = await import("../up/restart-route.ts");
    const running = await runningUp(context);
    const store = await objectsOf(running);
    let all = true;
    for (const word of words as readonly string[]) {
      const object = namedObject(store, word, options["namespace"] as string | undefined);
      const pods = podsOf(store, object);
      const names = pods
        .filter(({ status }) => status?.podIP !== undefined)
        .map(({ metadata }) => metadata.name);
      if (names.length === 0) {
        throw new CommandError(
          EXIT.no,
          `no pod of ${word} runs on this machine`,
          "what runs is said by kubelane.yaml, or kubelane run",
        );
      }
      const ask: RestartRequest = { namespace: object.metadata.namespace ?? "", pods: names };
      const how = { method: "POST", headers: { "content-type": "application/json" } };
      const answer = await askEngine(running.socketPath, RESTART_ROUTE, how, JSON.stringify(ask));
      const { done } = JSON.parse(await wholeAnswer(answer)) as RestartReply;
      all &&= done;
      context.stderr.write(
        done
          ? `${word}: ${names.join(", ")} started again\n`
          : `${word}: a new process did not become ready, and the old one stays; kubelane logs ${word} says more\n`,
      );
    }
    return all ? EXIT.ok : EXIT.no;
  },
};
