import { signal } from "@preact/signals";

/** The current view: the parts of the URL after `#/`. */
export const place = signal<readonly string[]>(read());

function read(): readonly string[] {
  return location.hash
    .replace(/^#\/?/, "")
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
}

addEventListener("hashchange", () => {
  place.value = read();
});

export function linkTo(...parts: readonly string[]): string {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

export function linkToService(id: string): string {
  return linkTo("service", ...id.split("/"));
}

export function linkToPod(id: string): string {
  return linkTo("pod", ...id.split("/"));
}
