// A selector is read: for the first time, and again.
import { startPeer } from "./peer.mjs";
import { compare, library, timed } from "./rounds.mjs";

const { parseSelector } = await library();
const peer = startPeer();
const COUNT = 20_000;
let fresh = 0;

/** Texts that were never parsed before: the given one with blanks behind it, in binary. */
function newTexts(text) {
  return Array.from({ length: COUNT }, () => {
    const blanks = (fresh++).toString(2).replaceAll("0", " ").replaceAll("1", "\t");
    return Buffer.from(text + blanks).toString("latin1");
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
      return timed(COUNT, () => {
        for (const one of texts) last = parseSelector(one);
        return String(last);
      });
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
