import type { Command } from "../command.ts";
import { givenManifests, manifestOptions } from "../manifest-options.ts";

export const match: Command = {
  name: "match",
  summary: "tell whether labels match a selector",
  description:
    "With labels: prints match, or no match with the requirements that do not hold. With -, -f or --context:\n" +
    "prints what matches, of label sets as JSON lines, of manifests or of a cluster. With --overlaps and\n" +
    "--implies, the argument after the selector is another selector. Exit code 0 for yes, 1 for no.",
  arguments: [
    {
      name: "selector",
      summary: "as in kubectl get -l: 'tier in (web, api),!legacy'",
      required: true,
    },
    {
      name: "labels",
      summary: "labels of the object, key=value; - reads standard input; or the other selector",
      variadic: true,
    },
  ],
  options: [
    ...manifestOptions("the labels given, or standard input with -"),
    { flags: "--explain", summary: "a line for each requirement" },
    { flags: "--overlaps", summary: "does anything match both selectors? shows such labels" },
    { flags: "--implies", summary: "does all that matches the first match the second?" },
  ],
  examples: [
    { line: "match 'tier in (web, api),!legacy' app=web tier=api", does: "match" },
    { line: "match env!=prod env=prod", does: "no match: env!=prod does not hold, env is prod" },
    { line: "match app=web --explain -f k8s/", does: "every object's verdict, and near misses" },
    {
      line: "match --overlaps app=web 'tier in (web, api)'",
      does: "both match app=web tier=api",
    },
    { line: "match --implies 'a in (1,2)' a", does: "yes: whatever matches a in (1,2) matches a" },
  ],
  async run(context, { args: [text, words], options }) {
    const rest = (words ?? []) as readonly string[];
    if (options["overlaps"] === true || options["implies"] === true) {
      const { compareSelectors } = await import("../match/compare-selectors.ts");
      return compareSelectors(context, [text as string, ...rest], options["implies"] === true);
    }
    const explain = options["explain"] === true;
    const manifests = givenManifests({ options });
    const readsCluster = context.kubeContext !== undefined && rest.length === 0;
    if (manifests !== undefined || readsCluster || (rest.length === 1 && rest[0] === "-")) {
      const { matchItems } = await import("../match/match-items.ts");
      return matchItems(context, text as string, { manifests, labels: rest, explain });
    }
    const { matchLabels } = await import("../match/match-labels.ts");
    return matchLabels(context, text as string, rest, explain);
  },
};
