/**
 * What somebody made here and the server did not take because the session was over: to copy, so that signing in again (or as
 * somebody else, or tomorrow) loses nothing. It stays in this page's memory and goes nowhere.
 */
export interface UnsentItem {
  readonly key: string;
  /** What it was: "counter.add", or a form's own word for its draft. */
  readonly label: string;
  readonly text: string;
}

/** What is typed there is nobody's to copy: passwords. */
const SECRET_PATHS = /^account\./;
const MAX_ITEMS = 50;

export class UnsentWork {
  readonly #listeners = new Set<() => void>();
  #items: readonly UnsentItem[] = [];
  #refused = 0;

  readonly getItems = (): readonly UnsentItem[] => this.#items;

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** A change that the server refused because nobody is signed in. */
  addRefused(path: string, input: unknown): void {
    if (SECRET_PATHS.test(path) || input === undefined) return;
    const text = typeof input === "string" ? input : JSON.stringify(input, null, 2);
    this.#set([...this.#items, { key: `refused:${this.#refused++}`, label: path, text }].slice(-MAX_ITEMS));
  }

  /** What a field holds that was not sent yet; null when it was sent or emptied. */
  setDraft(key: string, draft: { label: string; text: string } | null): void {
    const rest = this.#items.filter((item) => item.key !== key);
    if (draft || rest.length < this.#items.length) this.#set(draft ? [...rest, { key, ...draft }] : rest);
  }

  /** Forgets what was refused: it was copied, or sent again. Drafts are their fields' own. */
  readonly clear = (): void => this.#set(this.#items.filter(({ key }) => !key.startsWith("refused:")));

  #set(items: readonly UnsentItem[]): void {
    this.#items = items;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** All of it as one text for the clipboard. */
export function unsentText(items: readonly UnsentItem[]): string {
  return items.map(({ label, text }) => `${label}\n${text}`).join("\n\n");
}
