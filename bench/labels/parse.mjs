// A selector is read: for the first time, and again.
import { startPeer } from "./peer.mjs";
import { compare, library, timed } from "./rounds.mjs";

const { parseSelector } = await library();
const peer = startPeer();
const COUNT = 20_000;
let fresh = 0;

/** Texts that were never parsed before: the given one with five other characters for "web". */
function newTexts(text) {
  return Array.from({ length: COUNT }, () => {
    const value = (36 ** 4 + fresh++).toString(36);
    return Buffer.from(text.replace("web", value)).toString("latin1");
  });
}

for (const text of [
  "app=web",
  "app in (web,api),tier notin (frontend,backend),!legacy,env!=prod",
]) {
  await compare(`cold parse of ${text}`, {
    ...(peer && { "Go apimachinery": () => peer.ask({ kind: "parse", text, count: COUNT }) }),
    kubelane: () => {
      const texts = newTexts(text);
      let last;
      const { ns } = timed(COUNT, () => {
        for (const one of texts) last = parseSelector(one);
      });
      return { ns, check: parseSelector(String(last).replace(/[0-9a-z]{5}(?=[,)]|$)/, "web")) };
    },
  });
  await compare(`cached parse of ${text}`, {
    kubelane: () =>
      timed(COUNT * 10, (count) => {
        let last;
        for (let i = 0; i < count; i++) last = parseSelector(text);
        return String(last);
      }),
  });
}
peer?.close();
