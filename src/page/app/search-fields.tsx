import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { t, type Word } from "./words.ts";

interface SearchFieldProps {
  readonly label: Word;
  readonly value: Signal<string>;
  readonly placeholder?: string;
  /** Takes the room that other fields leave. */
  readonly isWide?: boolean;
}

/** The search field of a view. The key `/` moves to it, so a view has only one. */
export function SearchField({ label, value, placeholder, isWide = false }: SearchFieldProps) {
  return (
    <label class={isWide ? "wide" : undefined}>
      {t(label)}
      <input
        id="search"
        type="search"
        placeholder={placeholder}
        value={value.value}
        onInput={({ currentTarget }) => (value.value = currentTarget.value)}
      />
    </label>
  );
}

interface CheckFieldProps {
  readonly label: Word;
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
}

export function CheckField({ label, isChecked, onChange }: CheckFieldProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={isChecked}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      {t(label)}
    </label>
  );
}

type StreamFiltersProps<T> = PauseButtonProps<T> & {
  readonly filter: Signal<string>;
  readonly onlyBad: Signal<boolean>;
  /** Further buttons. */
  readonly children?: ComponentChildren;
};

/** The row above a stream. */
export function StreamFilters<T>(props: StreamFiltersProps<T>) {
  const { filter, onlyBad, frozen, current, children } = props;
  return (
    <search class="filters">
      <SearchField label="filter" value={filter} isWide />
      <CheckField
        label="onlyBad"
        isChecked={onlyBad.value}
        onChange={(isChecked) => (onlyBad.value = isChecked)}
      />
      <PauseButton frozen={frozen} current={current} />
      {children}
    </search>
  );
}

interface PauseButtonProps<T> {
  /** The content at the moment when the stream was paused; undefined while it runs. */
  readonly frozen: Signal<readonly T[] | undefined>;
  readonly current: readonly T[];
}

/** Pauses and resumes a stream. */
function PauseButton<T>({ frozen, current }: PauseButtonProps<T>) {
  const isPaused = frozen.value !== undefined;
  return (
    <button
      type="button"
      aria-pressed={isPaused}
      onClick={() => (frozen.value = isPaused ? undefined : current)}
    >
      {t(isPaused ? "resume" : "pause")}
    </button>
  );
}
