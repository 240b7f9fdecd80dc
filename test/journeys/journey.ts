import { PageFolder } from "../support/executed-page.ts";

interface Row {
  readonly what: string;
  readonly seconds: number;
  readonly words: number;
}

const wordsIn = (text: string) => text.split(/\s+/).filter((word) => word !== "").length;

/**
 * One person's way through the project: every step with the time it took, and the words that were read for it (of
 * pages, and of what commands print). A step that does not come out as it should ends the journey.
 */
export class Journey {
  readonly #who: string;
  readonly #rows: Row[] = [];
  /** Where the commands are given. */
  readonly place: PageFolder;

  static async begin(who: string): Promise<Journey> {
    const { KUBELANE_JOURNEY_PROGRAM: program } = process.env;
    if (program === undefined) throw new Error("test/journeys/run.sh begins the journeys");
    return new Journey(who, await PageFolder.make(program));
  }

  private constructor(who: string, place: PageFolder) {
    this.#who = who;
    this.place = place;
  }

  /** A page, or a part of one. */
  reads(what: string, text: string): void {
    this.#rows.push({ what: `reads ${what}`, seconds: 0, words: wordsIn(text) });
  }

  /** Something that is done by hand, such as writing a file. */
  writes(file: string, text: string): void {
    this.place.write(file, text);
    this.#rows.push({ what: `writes ${file}`, seconds: 0, words: 0 });
  }

  /** Gives a command once, and reads what it prints. */
  async does(command: string, expected: RegExp, code = 0): Promise<string> {
    return this.#timed(command, async () => {
      const outcome = await this.place.run(command);
      if (outcome.code !== code) throw new Error(`ended with ${outcome.code}:\n${outcome.printed}`);
      if (!expected.test(outcome.printed)) throw new Error(`printed\n${outcome.printed}`);
      return outcome.printed;
    });
  }

  /** Gives a command until it prints what is waited for: what was written a moment ago is followed soon. */
  async sees(command: string, isAsShown: (printed: string) => boolean): Promise<string> {
    return this.#timed(command, async () => {
      const end = performance.now() + 60_000;
      for (;;) {
        const { printed } = await this.place.run(command);
        if (isAsShown(printed)) return printed;
        if (performance.now() > end) throw new Error(`printed after a minute\n${printed}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    });
  }

  async #timed(command: string, work: () => Promise<string>): Promise<string> {
    const began = performance.now();
    try {
      const printed = await work();
      const seconds = (performance.now() - began) / 1000;
      this.#rows.push({ what: command, seconds, words: wordsIn(printed) });
      return printed;
    } catch (error) {
      await this.end();
      throw new Error(`${this.#who}: ${command} ${(error as Error).message}`);
    }
  }

  /** Ends what runs, and prints how it went. */
  async end(): Promise<void> {
    await this.place[Symbol.asyncDispose]();
    const total = {
      what: "in all",
      seconds: this.#rows.reduce((sum, { seconds }) => sum + seconds, 0),
      words: this.#rows.reduce((sum, { words }) => sum + words, 0),
    };
    const lines = [...this.#rows, total].map(
      ({ what, seconds, words }) =>
        `${seconds.toFixed(1).padStart(6)} s ${String(words).padStart(5)} words  ${what.slice(0, 90)}`,
    );
    process.stdout.write(`${this.#who}\n${lines.join("\n")}\n\n`);
  }
}
