/** Gathers what the rows of a list ask in the same moment into one question: who is on which workflow. */
import type { useApi } from "#client/trpc.ts";
import type { Person } from "../events.ts";

type Api = ReturnType<typeof useApi>;

/** Long enough for all rows of a list whose timers end together. */
const GATHER_MS = 20;
/** As many as the server answers at once. */
const MAX_ASKED = 200;

const loaders = new WeakMap<Api, HereLoader>();

/** The one loader of a client. */
export function hereLoader(api: Api): HereLoader {
  const known = loaders.get(api);
  if (known) return known;
  const loader = new HereLoader((workflowIds) => api.presence.here.query({ workflowIds }));
  loaders.set(api, loader);
  return loader;
}

type Answer = Readonly<Record<string, readonly Person[]>>;

export class HereLoader {
  readonly #ask: (workflowIds: string[]) => Promise<Answer>;
  #waiting = new Set<string>();
  #answer: Promise<Answer> | null = null;

  constructor(ask: (workflowIds: string[]) => Promise<Answer>) {
    this.#ask = ask;
  }

  async load(workflowId: string): Promise<readonly Person[]> {
    this.#waiting.add(workflowId);
    this.#answer ??= new Promise((resolve) => setTimeout(resolve, GATHER_MS)).then(() => this.#askAll());
    return (await this.#answer)[workflowId] ?? [];
  }

  async #askAll(): Promise<Answer> {
    const ids = [...this.#waiting];
    this.#waiting = new Set();
    this.#answer = null;
    const chunks = Array.from({ length: Math.ceil(ids.length / MAX_ASKED) }, (_, index) =>
      ids.slice(index * MAX_ASKED, (index + 1) * MAX_ASKED),
    );
    const answers = await Promise.all(chunks.map((chunk) => this.#ask(chunk)));
    return Object.assign({}, ...answers);
  }
}
