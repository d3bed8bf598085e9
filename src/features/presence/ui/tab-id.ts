/**
 * Names this tab, so that it is the same one to others after a reload.
 *
 * The name is kept in the tab's storage only while no page is there to use it: written when the page goes, taken out when the next
 * one comes. A copy of the tab copies its storage and so finds nothing; two clients on one page find one name, and make another.
 */
const KEY = "heliograph.tab";

export interface Tab {
  id(): string;
  /** Takes another name: somebody else has this one. */
  renew(): void;
}

const tabs = new WeakMap<object, Tab>();

/** @param client whose tab: each client of a page is one of its own */
export function tabOf(client: object): Tab {
  const known = tabs.get(client) ?? createTab();
  tabs.set(client, known);
  return known;
}

function createTab(): Tab {
  let id: string | null = null;
  return {
    id() {
      if (id === null) {
        id = take() ?? crypto.randomUUID();
        window.addEventListener("pagehide", () => keep(id));
        // A page that comes back whole, from the browser's cache, has its name still.
        window.addEventListener("pageshow", take);
      }
      return id;
    },
    renew() {
      id = crypto.randomUUID();
    },
  };
}

function take(): string | null {
  try {
    const id = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return id;
  } catch {
    return null; // storage may be forbidden
  }
}

function keep(id: string | null): void {
  try {
    if (id !== null) sessionStorage.setItem(KEY, id);
  } catch {
    // Then the next page is another tab.
  }
}
