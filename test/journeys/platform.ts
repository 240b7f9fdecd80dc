// A platform engineer: manifests checked before a cluster sees them, jobs in CI, kubectl and other languages' programs
// beside a running `up`.
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Journey } from "./journey.ts";

const journey = await Journey.begin("a platform engineer");
cpSync("examples/ci", journey.place.folder, { recursive: true });
journey.reads("docs/tasks/ci.md", readFileSync("docs/tasks/ci.md", "utf8"));
journey.reads("docs/cli/check.md", readFileSync("docs/cli/check.md", "utf8"));

await journey.does("kubelane check k8s/", /^/);
const manifests = readFileSync(join(journey.place.folder, "k8s/shop.yaml"), "utf8");
journey.writes(
  "broken/shop.yaml",
  manifests.replaceAll("app: greeter", "app: greter").replace("app: greter", "app: greeter"),
);
await journey.does(
  "kubelane check broken/ -o github",
  /^::(error|warning) file=broken\/shop.yaml,line=\d+/m,
  1,
);
await journey.does(
  "npx kubelane up -- curl --silent --show-error --fail http://web.shop/",
  /^web asked: hello from greeter-/m,
);

await journey.does("kubelane up --detach --wait", /ready after/);
await journey.does("curl http://web.shop.localhost:8080/", /^web asked: hello from greeter-/);
const kubectl = 'KUBECONFIG="$(kubelane kubeconfig --path)" kubectl';
await journey.does(`${kubectl} get deployments -n shop`, /^web +1\/1/m);
await journey.does(`${kubectl} scale -n shop deployment/greeter --replicas 3`, /scaled/);
await journey.sees(
  `${kubectl} get pods -n shop -l app=greeter --no-headers`,
  (printed) => printed.split("Running").length === 4,
);
const PYTHON =
  "import urllib.request; print(urllib.request.urlopen('http://greeter.shop/').read().decode())";
await journey.does(
  `http_proxy=http://127.0.0.1:8080 python3 -c "${PYTHON}"`,
  /^hello from greeter-/,
);
journey.writes("asks/go.mod", "module asks\n\ngo 1.20\n");
journey.writes(
  "asks/main.go",
  `package main

import (
	"io"
	"net/http"
	"os"
)

func main() {
	answer, err := http.Get("http://greeter.shop/")
	if err != nil {
		panic(err)
	}
	io.Copy(os.Stdout, answer.Body)
}
`,
);
await journey.does("cd asks && HTTP_PROXY=http://127.0.0.1:8080 go run .", /^hello from greeter-/);
await journey.does("kubelane resolve web.shop", /^web\.shop\.svc\.cluster\.local\. 5 IN A 10\./);
await journey.does("kubelane down", /ended the up/);
await journey.end();
