// The curve: time against length for hostile texts. Linear means that ten times the length takes
// about ten times as long.
import { library } from "./rounds.mjs";

const lib = await library();
const repeat = (unit) => (length) => unit.repeat(Math.ceil(length / unit.length));
const texts = {
  "one long key": repeat("a"),
  "requirements a=b,": (length) => `${repeat("a=b,")(length)}c`,
  "a list a in (b,b,…)": (length) => `a in (${repeat("b,")(length)})`,
  "a list of commas": (length) => `a in (${repeat(",")(length)})`,
  "prefix of dashes": (length) => `a${repeat("-")(length)}/b`,
  digits: (length) => `a>${repeat("9")(length)}`,
  "exclamation marks": repeat("!"),
  "backslashes (field selector)": repeat("a\\"),
};
const lengths = [1_000, 10_000, 100_000, 1_000_000];
console.log("ms for".padEnd(32), lengths.map((length) => `${length}`.padStart(10)).join(""));
for (const [name, make] of Object.entries(texts)) {
  const read = name.includes("field") ? lib.parseFieldSelector : lib.parseSelector;
  const times = lengths.map((length) => {
    const text = make(length);
    const runs = Array.from({ length: 7 }, (_, run) => {
      // Other blanks each time, so that no answer comes from the cache.
      const own = text + " ".repeat(run);
      const start = performance.now();
      try {
        read(own);
      } catch (error) {
        if (!("code" in error)) throw error;
      }
      return performance.now() - start;
    });
    return Math.min(...runs);
  });
  console.log(name.padEnd(32), times.map((ms) => ms.toFixed(3).padStart(10)).join(""));
}
