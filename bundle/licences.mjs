import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The licence texts of packages, which have to go wherever their code goes.
 * @param {readonly string[]} packages their names
 * @param {string} modules the folder that holds them
 * @throws {Error} a package has no licence file: whether its code may be shipped has to be decided first
 */
export async function licences(packages, modules) {
  const texts = await Promise.all(
    packages.map(async (name) => {
      const folder = join(modules, name);
      const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
      const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
      if (file === undefined) throw new Error(`${name} ${version} ships no licence text`);
      const text = await readFile(join(folder, file), "utf8");
      return `${name} ${version} (${license})\n\n${text.trim()}\n`;
    }),
  );
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}
