import { fallbackText, longFlag } from "../../src/cli/settings/setting-options.ts";
import { SETTING_KEYS, type SettingKey, settingOf } from "../../src/manifests/settings/table.ts";

/** `docs/configuration.md`, made of the table of settings. */
export function configurationPage(): string {
  return `<!-- Made from src/manifests/settings/table.ts; \`npx vitest run test/docs -u\` makes it anew. -->

# kubelane.yaml

What a team commits beside its manifests, which stay as they are for a cluster. The nearest one here or above counts,
or one in the folder that \`-f\` names. Paths in it are relative to its folder. \`kubelane init\` writes one to begin with.

\`\`\`yaml
# yaml-language-server: $schema=./node_modules/kubelane/kubelane.schema.json
manifests: [k8s/]
run:
  deploy/api: { command: [node, server.js], cwd: api, env: { LOG: debug } }
  sts/db: { command: postgres -D data -p $PORT, cwd: db }
attach:
  deploy/web: [127.0.0.1:3000]
dns: { listen: 127.0.0.1:10053, zones: [k8s.test] }
gateway: { listen: 127.0.0.1:8080 }
\`\`\`

The first line leads editors to a JSON schema of all that is told here: names are completed, and mistakes marked. Where
kubelane is not installed in the project, \`kubelane config schema > kubelane.schema.json\` writes it; \`init\` does that
by itself.

**What only you set** stands in \`kubelane.local.yaml\` beside it, which \`init\` makes git ignore. It goes over the team's
file: mappings are merged, at any depth; lists and single values are replaced; what is empty below the top
(\`run: { deploy/api: { env: { LOG: } } }\`) is taken away. Both files are followed while \`up\` runs.

**What counts:** the command line, then \`kubelane.local.yaml\`, then \`kubelane.yaml\`, then what holds by default.
\`kubelane config view --show-origin\` shows what each setting comes to, and the line, option or default it is from; given
options of \`up\`, with these. What is on or off has both options: \`--offline\` and \`--no-offline\`.

How to do one thing once is no setting: \`-d\`, \`--wait\`, \`--shell\`, a program behind \`--\`, and \`-c\`, which names the
file.

| setting | is | written as | default | option of \`up\` | changes while \`up\` runs |
|---|---|---|---|---|---|
${SETTING_KEYS.map(row).join("")}
\`dns.ttl\` is \`dns: { ttl: 5 }\`. How pods run is told in [local pods](runtime.md), the names in
[DNS](dns/answers.md), clusters in [with a cluster](cluster.md).
`;
}

function row(key: SettingKey): string {
  const { type, summary, option, live } = settingOf(key);
  const flag = option === undefined ? undefined : longFlag(option.flags);
  const given = key === "manifests" ? "`--filename`, `--kustomize`" : flag && `\`${flag}\``;
  const cells = [
    `\`${key}\``,
    summary,
    type.says,
    fallbackText(key) ?? "–",
    given ?? "–",
    live ? "at once" : "after a restart",
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
}
