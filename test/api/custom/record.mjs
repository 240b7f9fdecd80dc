/**
 * Asks a real kube-apiserver what `exchanges.mjs` holds and writes its answers:
 *
 *   node test/api/custom/record.mjs https://127.0.0.1:6443 TOKEN | gzip -9 > test/fixtures/api-server/custom-resources.json.gz
 */
import { request } from "node:https";
import { answerOf, ask } from "./exchange.mjs";
import { DEFINED, EXCHANGES } from "./exchanges.mjs";

const [url, token] = process.argv.slice(2);
const { hostname, port } = new URL(url);

const send = (method, path, headers, body) =>
  new Promise((resolve, reject) => {
    const sent = request(
      {
        hostname,
        port,
        method,
        path,
        rejectUnauthorized: false,
        headers: { authorization: `Bearer ${token}`, ...headers },
      },
      async (response) => {
        let text = "";
        for await (const chunk of response) text += chunk;
        resolve({ status: response.statusCode, headers: response.headers, body: parsed(text) });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const defined = [];
for (const exchange of DEFINED) defined.push(answerOf(await ask(send, exchange)));
for (const { body } of DEFINED) await established(body.metadata.name);
const answers = [];
for (const exchange of EXCHANGES) answers.push(answerOf(await ask(send, exchange)));
process.stdout.write(`${JSON.stringify({ defined, answers }, null, 1)}\n`);

async function established(name) {
  for (;;) {
    const { body } = await send(
      "GET",
      `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`,
    );
    const { group, versions, names } = body.spec;
    const served = versions.filter((version) => version.served);
    const paths = served.map((version) => `/apis/${group}/${version.name}/${names.plural}`);
    const lists = await Promise.all(paths.map((path) => send("GET", path)));
    if (lists.every(({ status }) => status === 200)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
