import { parseAttachAddress } from "../../manifests/attach-address.ts";
import { type Command, CommandError } from "../command.ts";
import { EXIT, exitCodeOf } from "../exit-code.ts";
import { OBJECT_NAMESPACE } from "../object-options.ts";

export const attach: Command = {
  name: "attach",
  summary: "let processes that run already be the pods of a workload",
  description:
    "For as long as this command runs, the running `up` leads to them and probes them, as `attach` in\n" +
    "kubelane.yaml does for good. Started in an IDE or a debugger, for example.",
  arguments: [
    { name: "name", summary: "TYPE/NAME", required: true },
    {
      name: "address",
      summary: "where a process listens: 3000, 127.0.0.1:3000",
      required: true,
      variadic: true,
    },
  ],
  options: [OBJECT_NAMESPACE],
  examples: [
    { line: "attach deploy/web 3000", does: "requests to web come to port 3000 of this machine" },
    { line: "attach deploy/web 3000 3001", does: "two processes, two pods" },
  ],
  async run(context, { args: [word, addresses], options }) {
    const parsed = (addresses as readonly string[]).map((text) => {
      const address = parseAttachAddress(text);
      if (address !== undefined) return address;
      const next = "write 3000, 127.0.0.1:3000, localhost:3000 or [::1]:3000";
      throw new CommandError(EXIT.usage, `"${text}" is no address of a process`, next);
    });
    const { runnableOf } = await import("../run/runnable.ts");
    const { runningUp } = await import("../live/running-up.ts");
    const { openRunSession } = await import("../run/session.ts");
    const running = await runningUp(context);
    const session = await openRunSession(running.socketPath, {
      namespace: options["namespace"] as string | undefined,
      target: runnableOf(word as string, "kubelane attach deploy/web 3000"),
      replicas: parsed.length,
      addresses: parsed,
    });
    const pods = session.pods.map(({ name }) => name).join(", ");
    context.stderr.write(
      `${pods}: at ${(addresses as readonly string[]).join(", ")}; Ctrl-C ends it\n`,
    );
    const ended = await Promise.race([context.signal(), session.lost]);
    session.close();
    if (ended === undefined) {
      context.stderr.write("the running up has ended\n");
      return EXIT.no;
    }
    return exitCodeOf(ended);
  },
};
