import { signal } from "@preact/signals";
import {
  counterexample,
  equivalent,
  implies,
  isSatisfiable,
  witness,
} from "../../../labels/algebra.ts";
import type { Labels } from "../../../labels/labels.ts";
import { parseSelector } from "../../../labels/parse.ts";
import type { Selector } from "../../../labels/selector.ts";
import { MarkIcon } from "../mark.tsx";
import { linkToPod } from "../place.ts";
import { world } from "../stream.ts";
import { t, type Word } from "../words.ts";

const first = signal("");
const second = signal("");

/** Pods whose results are listed. */
const MAX_PODS = 50;

/** The result of a selector for each pod, and the relation of two selectors, computed in the browser. */
export function SelectorTool() {
  const a = parsed(first.value);
  const b = parsed(second.value);
  return (
    <>
      <search class="filters">
        <Input
          label={t("firstSelector")}
          text={first}
          error={a.error}
          placeholder="app in (web,api),!legacy"
        />
        <Input
          label={`${t("secondSelector")} (${t("optional")})`}
          text={second}
          error={b.error}
          placeholder="tier=front"
        />
      </search>
      {a.selector !== undefined && b.selector !== undefined && (
        <section class="card">
          <Comparison a={a.selector} b={b.selector} />
        </section>
      )}
      {a.selector !== undefined && <Verdicts selector={a.selector} />}
    </>
  );
}

function Input(props: {
  label: string;
  text: { value: string };
  error: string | undefined;
  placeholder: string;
}) {
  return (
    <label class="wide">
      {props.label}
      <input
        class="mono"
        spellcheck={false}
        autocomplete="off"
        placeholder={props.placeholder}
        value={props.text.value}
        aria-invalid={props.error !== undefined}
        onInput={({ currentTarget }) => (props.text.value = currentTarget.value)}
      />
      {props.error !== undefined && <pre class="error">{props.error}</pre>}
    </label>
  );
}

function parsed(text: string): { readonly selector?: Selector; readonly error?: string } {
  if (text.trim() === "") return {};
  try {
    return { selector: parseSelector(text) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function Comparison({ a, b }: { a: Selector; b: Selector }) {
  const both = witness([a, b]);
  const lines: readonly (readonly [Word, Labels | undefined])[] = equivalent(a, b)
    ? [["equivalent", both]]
    : both === undefined
      ? [["disjoint", undefined]]
      : [
          implies(a, b) ? ["firstImplies", undefined] : ["onlyFirst", counterexample(a, b)],
          implies(b, a) ? ["secondImplies", undefined] : ["onlySecond", counterexample(b, a)],
          ["overlap", both],
        ];
  return (
    <ul class="plain" aria-live="polite">
      {lines.map(([word, labels]) => (
        <li key={word}>
          {t(word)} {labels && <code>{labelText(labels)}</code>}
        </li>
      ))}
    </ul>
  );
}

function Verdicts({ selector }: { selector: Selector }) {
  const pods = [...world.value.pods.values()];
  const matching = pods.filter(({ labels }) => selector.matches(labels));
  const shown = [...matching, ...pods.filter(({ labels }) => !selector.matches(labels))].slice(
    0,
    MAX_PODS,
  );
  return (
    <section class="card">
      <h2>
        <code>{String(selector)}</code>
      </h2>
      <p role="status">
        {isSatisfiable(selector)
          ? `${t("matchingPods", matching.length)} ${pods.length}`
          : t("unsatisfiable")}
      </p>
      <ul class="plain verdicts">
        {shown.map((pod) => {
          const { matches, verdicts } = selector.explain(pod.labels);
          return (
            <li key={pod.id}>
              <MarkIcon tone={matches ? "ok" : "none"} /> <a href={linkToPod(pod.id)}>{pod.id}</a>{" "}
              <span class="small">{t(matches ? "matches" : "matchesNot")}</span>
              <ul>
                {verdicts.map(({ requirement, met, reason }) => (
                  <li key={String(requirement)} class={met ? "" : "bad"}>
                    {met ? "✓" : "✗"} <code>{String(requirement)}</code>: {reason}
                  </li>
                ))}
              </ul>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.join(", ") || t("noLabels");
}
