/**
 * Draws comments of src for a reading test: `node test/reading/draw.mjs [COMMIT] [NUMBER]`. The commit decides which,
 * so that nobody picks them: the lowest hashes of commit, file and line. Whoever has not seen the code says what each
 * means; fewer than 3 of 100 unclear is the goal.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";

const [revision = "HEAD", number = "100"] = process.argv.slice(2);
const git = (...args) => execFileSync("git", args, { encoding: "utf8", maxBuffer: 2 ** 30 });
const commit = git("rev-parse", revision).trim();
const files = git("ls-tree", "-r", "--name-only", commit, "src").trim().split("\n");

const comments = files
  .filter((file) => /\.tsx?$/.test(file))
  .flatMap((file) => {
    const text = git("show", `${commit}:${file}`);
    return [...text.matchAll(/\/\*\*[\s\S]*?\*\/|(?:^[ \t]*\/\/[^\n]*\n)+/gm)].map((match) => {
      const place = `${file}:${text.slice(0, match.index).split("\n").length}`;
      const words = match[0].replace(/^\s*(\/\*\*|\*\/|\*|\/\/)\s?/gm, "").replace(/\*\/$/, "");
      const rank = createHash("sha256").update(`${commit} ${place}`).digest("hex");
      return { rank, place, words: words.trim().replace(/\s+/g, " ") };
    });
  });

comments.sort((a, b) => (a.rank < b.rank ? -1 : 1));
for (const [i, { place, words }] of comments.slice(0, Number(number)).entries()) {
  process.stdout.write(`${i + 1}. ${place}\n   ${words}\n`);
}
