import { RULES, type RuleInfo } from "../../src/checks/catalog.ts";
import { checkSet } from "../../src/checks/check-set.ts";
import { suppress } from "../../src/checks/suppression.ts";
import { formatDiagnostic } from "../../src/diagnostics/format.ts";
import { SourceLines } from "../../src/diagnostics/source-lines.ts";
import { readManifest } from "../../src/manifests/read-manifest.ts";
import { CLUSTER_FAULTS, clusterFindings } from "../checks/cluster-faults.ts";
import { SET_FAULTS } from "../checks/faults.ts";
import { OBJECT_FAULTS } from "../checks/object-faults.ts";
import { RULE_CASES } from "../manifests/rule-cases.ts";

/** Longer examples show less. */
const MAX_LENGTH = 1200;

const FAULTS = [...SET_FAULTS, ...RULE_CASES, ...OBJECT_FAULTS];

/** `docs/rules/README.md`, made of the catalog and of the faults that the tests plant. */
export function rulesPage(): string {
  const headings = [...new Set(RULES.map(({ about }) => about))];
  return `<!-- Made from src/checks/catalog.ts and the planted faults of the tests; \`npx vitest run test/docs -u\` makes it anew. -->

# Rules

What \`kubelane check\` finds, and \`kubelane up\` tells of. An *error* is what an API server refuses; a
*warning* means that it takes the object, and that it is probably not as meant. How to leave one out stands in
[Checking manifests](../cli/check.md).

${headings.map(index).join("\n")}
${RULES.map(section).join("\n")}`;
}

function index(heading: string): string {
  const rows = RULES.filter(({ about }) => about === heading).map(
    ({ id, severity, finds, fixable }) =>
      `| [\`${id}\`](#${id}) | ${severity} | ${finds}${fixable ? " 🔧" : ""} |\n`,
  );
  return `**${heading}**\n\n| rule | severity | finds |\n|---|---|---|\n${rows.join("")}`;
}

function section({ id, severity, finds, why, fixable }: RuleInfo): string {
  const first = finds[0]!.toUpperCase() + finds.slice(1);
  const end = /[.?!]$/.test(first) ? "" : ".";
  const fix = fixable ? "\n`--fix` puts the certain cases right.\n" : "";
  const reason = why === undefined ? "" : ` ${why}`;
  return `## ${id}\n\n*${severity}.* ${first}${end}${reason}\n${fix}${example(id)}`;
}

/** What is printed for the first fault that shows the rule. */
function example(id: string): string {
  const fault = FAULTS.find(({ rule, text }) => rule === id && text.length < MAX_LENGTH);
  if (fault === undefined) return clusterExample(id);
  const text = fault.text.replace("«", "");
  // Control characters are what some rules are about, and no Markdown.
  if (/[\0-\x08\x0b-\x1f]/.test(text)) return "";
  const { objects, diagnostics } = readManifest(text, "web.yaml");
  const all = suppress([...diagnostics, ...checkSet(objects)], new Map([["web.yaml", text]]));
  const finding = all.find(({ rule }) => rule === id);
  if (finding === undefined) return "";
  const printed = formatDiagnostic(finding, { linesOf: () => new SourceLines(text) });
  return `\n\`\`\`text\n${printed}\n\`\`\`\n`;
}

/** The same for what only the control loops find. */
function clusterExample(id: string): string {
  const fault = CLUSTER_FAULTS.find(({ rule }) => rule === id);
  if (fault === undefined) return "";
  const printed = formatDiagnostic(clusterFindings(fault)[0]!);
  return `\n\`\`\`text\n${printed}\n\`\`\`\n`;
}
