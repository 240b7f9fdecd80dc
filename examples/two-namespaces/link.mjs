import { createServer, get } from "node:http";
import { text } from "node:stream/consumers";

const { ASKS, POD_NAMESPACE, POD_NAME, PORT, HTTP_PROXY = "http://127.0.0.1:8080" } = process.env;
const app = `${POD_NAMESPACE}/${POD_NAME.split("-")[0]}`;

// The gateway knows every Service by name; a pod finds it in HTTP_PROXY.
function ask(address) {
  const proxy = new URL(HTTP_PROXY);
  const { href, host } = new URL(address);
  return new Promise((resolve, reject) => {
    get({ host: proxy.hostname, port: proxy.port, path: href, headers: { host } }, (response) =>
      text(response).then(resolve, reject),
    ).on("error", reject);
  });
}

const server = createServer(async (_request, response) => {
  try {
    response.end(ASKS ? `${app} asked ${await ask(ASKS)}` : `${app}\n`);
  } catch (error) {
    response.writeHead(502).end(`${app}: ${error.message}\n`);
  }
});

server.listen(Number(PORT), "127.0.0.1");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
