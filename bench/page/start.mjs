import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const file = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Starts pods, a gateway and what sends requests, each a process of its own.
 * @returns what to ask them, and how to end them.
 */
export async function start({ services, perNamespace, rate }) {
  const pods = fork(file("gateway.mjs"), ["pods"]);
  const [podPort] = await once(pods, "message");
  const gateway = fork(
    file("gateway.mjs"),
    ["gateway", services, perNamespace, podPort].map(String),
  );
  const [{ port, path }] = await once(gateway, "message");
  const load = fork(file("load.mjs"), [port, path, rate, services, perNamespace].map(String));
  await once(load, "message");
  const ask = async (child, message) => {
    child.send(message);
    const [answer] = await once(child, "message");
    return answer;
  };
  return {
    link: `http://localhost:${port}${path}`,
    usage: () => ask(gateway, {}),
    count: () => ask(load, {}),
    openTabs: (tabs) => load.send({ tabs }),
    stop: () => {
      for (const child of [load, gateway, pods]) child.kill();
    },
  };
}

export function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

export function wait(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
