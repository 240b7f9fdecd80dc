// One selector, one pod with five labels.
import { startPeer } from "./peer.mjs";
import { compare, library, timed } from "./rounds.mjs";

const { parseSelector } = await library();
const peer = startPeer();
const COUNT = 1_000_000;
const labels = { app: "web", tier: "cache", env: "dev", team: "core", zone: "a" };
const long = "app in (web,api),tier notin (frontend,backend),!legacy,env!=prod";

for (const text of ["app=web", "app=api", long]) {
  const selector = parseSelector(text);
  await compare(`match ${text} on five labels`, {
    ...(peer && {
      "Go apimachinery": () => peer.ask({ kind: "match", text, labels, count: COUNT }),
    }),
    kubelane: () =>
      timed(COUNT, (count) => {
        let matched = 0;
        for (let i = 0; i < count; i++) if (selector.matches(labels)) matched++;
        return matched === count;
      }),
  });
}
peer?.close();
