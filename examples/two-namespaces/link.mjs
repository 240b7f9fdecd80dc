import { createServer, get } from "node:http";
import { text } from "node:stream/consumers";

const { ASKS, POD_NAMESPACE, POD_NAME, PORT, HTTP_PROXY } = process.env;
const app = `${POD_NAMESPACE}/${POD_NAME.split("-")[0]}`;

// In a network of its own, a pod reaches Services by name. On the machine's network the gateway knows them: a
// pod finds it in HTTP_PROXY.
function ask(address) {
  const { href, host } = new URL(address);
  const { hostname, port } = new URL(HTTP_PROXY ?? address);
  const options = { host: hostname, port, path: HTTP_PROXY ? href : "/", headers: { host } };
  return new Promise((resolve, reject) => {
    get(options, (response) => text(response).then(resolve, reject)).on("error", reject);
  });
}

const server = createServer(async (_request, response) => {
  try {
    response.end(ASKS ? `${app} asked ${await ask(ASKS)}` : `${app}\n`);
  } catch (error) {
    response.writeHead(502).end(`${app}: ${error.message}\n`);
  }
});

server.listen(Number(PORT));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
