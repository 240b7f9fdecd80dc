import { get } from "node:http";
import { text } from "node:stream/consumers";

const { URL: address, HTTP_PROXY } = process.env;
const { href, host } = new URL(address);

// In a network of its own, a pod reaches Services by name. On the machine's network the gateway knows them: a
// pod finds it in HTTP_PROXY.
const { hostname, port } = new URL(HTTP_PROXY ?? address);

get(
  { host: hostname, port, path: HTTP_PROXY ? href : "/", headers: { host } },
  async (response) => {
    console.log(`${response.statusCode} ${(await text(response)).trim()}`);
    process.exit(response.statusCode === 200 ? 0 : 1);
  },
);
