// A backend developer with a repository of six Services, once as a kustomization and once as a chart, who works on two
// of them.
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Journey } from "./journey.ts";

const SHOP = "examples/shop";
const page = readFileSync("docs/tasks/own-repository.md", "utf8");

/** Copies parts of the shop as if they were somebody's repository. */
function repository(journey: Journey, ...parts: string[]): void {
  for (const part of parts) {
    cpSync(join(SHOP, part), join(journey.place.folder, part), { recursive: true });
  }
}

const PROGRAMS = ["storefront", "orders", "catalog", "shipping", "lib"];
/** What the storefront got of the two that run is theirs, and of the others an echo. */
const CALLS = /"storefront":"storefront","orders":"orders","catalog":"\{\\n {2}\\"stub\\": true/;

for (const [what, parts] of [
  ["a kustomization", ["kustomize"]],
  ["a chart", ["chart"]],
] as const) {
  const journey = await Journey.begin(`a backend developer, whose repository has ${what}`);
  repository(journey, ...parts, ...PROGRAMS);
  journey.reads("docs/tasks/own-repository.md", page);
  await journey.does("git init --quiet . && git add . && git status --short | wc -l", /\d/);
  await journey.does("kubelane init", /6 workloads, 2 of them with a command/);
  await journey.does("kubelane up -d --stub '*'", /ready after/);
  const services = await journey.does("kubelane get services -A", /storefront/);
  const namespace = /^(\S+) +storefront /m.exec(services)?.[1] ?? "";
  await journey.does(`curl http://storefront.${namespace}.localhost:8080/calls`, CALLS);
  await journey.does(`kubelane logs -n ${namespace} deploy/orders`, /^/);
  await journey.does(`kubelane trace catalog.${namespace}`, /stub|fine|ready/i);
  await journey.does(
    `chromium --headless --no-sandbox --disable-gpu --user-data-dir="$(mktemp -d)" --dump-dom http://storefront.${namespace}.localhost:8080/ 2>/dev/null`,
    /storefront/,
  );
  await journey.does("kubelane down", /ended the up/);
  await journey.end();
}

const whole = await Journey.begin("a backend developer, with all six and both databases");
repository(whole, "k8s", "local", "kubelane.yaml", ...PROGRAMS);
await whole.does("kubelane up -d --wait", /ready after/);
await whole.does("curl http://storefront.shop.localhost:8080/calls", /"postgres":"3","redis":":1"/);
await whole.does(
  "kubelane shell -n shop -- psql postgres://postgres:not-a-secret@postgres/shop -Atc 'SELECT count(*) FROM products'",
  /^3$/m,
);
await whole.does("kubelane down", /ended the up/);
await whole.end();
