import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";
export type Language = "en" | "ko";

export const theme = signal<Theme>(kept("theme", ["system", "light", "dark"]) ?? "system");
export const language = signal<Language>(
  kept("language", ["en", "ko"]) ?? (navigator.language.startsWith("ko") ? "ko" : "en"),
);

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
  keep("theme", theme.value);
});
effect(() => {
  document.documentElement.lang = language.value;
  keep("language", language.value);
});

function kept<T extends string>(name: string, choices: readonly T[]): T | undefined {
  try {
    return choices.find((each) => each === localStorage.getItem(`kubelane-${name}`));
  } catch {
    // The browser doesn't allow storage.
    return undefined;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`kubelane-${name}`, value);
  } catch {
    // The setting is lost; the user sets it again next time.
  }
}
