import { get } from "node:http";
import { text } from "node:stream/consumers";

// The gateway knows every Service by name; a pod finds it in HTTP_PROXY.
const proxy = new URL(process.env.HTTP_PROXY ?? "http://127.0.0.1:8080");
const url = new URL(process.env.URL);

get(
  { host: proxy.hostname, port: proxy.port, path: url.href, headers: { host: url.host } },
  async (response) => {
    console.log(`${response.statusCode} ${(await text(response)).trim()}`);
    process.exit(response.statusCode === 200 ? 0 : 1);
  },
);
