import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { PageSection } from "../messages.ts";
import { ask, Refused } from "./ask.ts";
import { MarkIcon } from "./mark.tsx";
import type { State } from "./state.ts";
import { hello } from "./stream.ts";
import { t, told } from "./words.ts";

/** Content that may be wider than the screen: it scrolls on its own, also with the keyboard. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <section class="scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}

export function CopyButton({ text }: { text: string }) {
  const copied = useSignal(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    copied.value = true;
    setTimeout(() => (copied.value = false), 1500);
  };
  return (
    <button type="button" class="quiet" aria-label={`${t("copy")}: ${text}`} onClick={copy}>
      {copied.value ? t("copied") : t("copy")}
    </button>
  );
}

export function StateBadge({ state, more }: { state: State; more?: string }) {
  return (
    <span class={`badge ${state.tone}`}>
      <MarkIcon tone={state.tone} /> {t(state.word)}
      {more}
    </span>
  );
}

/** Shows a part of the page that needs a session, or asks the user to open the link for one. */
export function NeedsSession({ children }: { children: ComponentChildren }) {
  if (hello.value === undefined) return null;
  return hello.value.hasSession ? children : <p class="hint">{t("needsLink")}</p>;
}

export interface Asked<T> {
  readonly data?: T;
  readonly error?: Error;
  readonly isLoading: boolean;
}

/**
 * The gateway's answer to a question, asked anew when the question or `again` changes.
 * @param every milliseconds after which it is asked anew anyway, while the page is visible
 */
export function useAnswer<T>(
  path: string | undefined,
  again: unknown = undefined,
  every?: number,
): Asked<T> {
  const asked = useSignal<Asked<T>>({ isLoading: true });
  const round = useSignal(0);
  useEffect(() => {
    if (every === undefined) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) round.value++;
    }, every);
    return () => clearInterval(timer);
  }, [every]);
  useEffect(() => {
    if (path === undefined) return undefined;
    let isCurrent = true;
    const keep = (next: Asked<T>) => {
      if (isCurrent) asked.value = next;
    };
    asked.value = { ...asked.peek(), isLoading: true };
    ask<T>(path).then(
      (data) => keep({ data, isLoading: false }),
      (error: Error) => keep({ error, isLoading: false }),
    );
    return () => {
      isCurrent = false;
    };
  }, [path, again, round.value]);
  return asked.value;
}

export function Trouble({ error }: { error: Error | undefined }) {
  if (error === undefined) return null;
  const text = error instanceof Refused && error.status === 404 ? t("gone") : error.message;
  return (
    <p class="error" role="alert">
      {text}
    </p>
  );
}

interface SectionsProps {
  readonly sections: readonly PageSection[];
  /** There is no heading above theirs but that of the view. */
  readonly isTop?: boolean;
}

/** The output of `kubelane describe` and `trace`, under their headings. */
export function Sections({ sections, isTop = false }: SectionsProps) {
  const Heading = isTop ? "h2" : "h3";
  return (
    <>
      {sections
        .filter(({ lines }) => lines.length > 0)
        .map(({ title, lines }) => (
          <section key={title} class="facts">
            <Heading>{told(title)}</Heading>
            <pre tabIndex={0}>{lines.join("\n")}</pre>
          </section>
        ))}
    </>
  );
}

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});

export function Time({ at }: { at: number }) {
  const date = new Date(at);
  return (
    <time class="mono" dateTime={date.toISOString()}>
      {clock.format(date)}
    </time>
  );
}
