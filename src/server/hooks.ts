/**
 * How a feature hears, inside the same transaction, of something that a feature to its left does: the left one defines a hook and
 * runs it, the right one registers what to do, and the left one never imports the right one. `main.ts` has the features register at the start.
 *
 *     export const accountDeleting = defineHook<(tx: RealtimeTransaction, userId: string) => Promise<void>>("accountDeleting");
 *     runtime.hooks.on(accountDeleting, (tx, userId) => deleteNotesOf(tx, userId));     // to the right
 *     await runtime.hooks.run(accountDeleting, tx, userId);                             // to the left
 */
// The parameters are the hook's own and only narrowed by its callers; `never` accepts every such function.
type HookFunction = (...args: never[]) => Promise<unknown>;

export interface Hook<Run extends HookFunction> {
  readonly name: string;
  /** Never there at run time: it carries the type. */
  readonly run?: Run;
}

/** Call it at module level, once per hook. */
export function defineHook<Run extends HookFunction>(name: string): Hook<Run> {
  return { name };
}

export interface Hooks {
  /** Has `run` done whenever the hook runs, after what was registered before. */
  on<Run extends HookFunction>(hook: Hook<Run>, run: Run): void;
  /** Whether anything was registered. */
  has(hook: Hook<HookFunction>): boolean;
  /** Everything that was registered, one after the other, with its answers. @throws what the first one throws */
  run<Run extends HookFunction>(hook: Hook<Run>, ...args: Parameters<Run>): Promise<Awaited<ReturnType<Run>>[]>;
}

export function createHooks(): Hooks {
  const registered = new Map<Hook<HookFunction>, HookFunction[]>();
  return {
    on(hook, run) {
      registered.set(hook, [...(registered.get(hook) ?? []), run]);
    },
    has: (hook) => registered.has(hook),
    async run<Run extends HookFunction>(hook: Hook<Run>, ...args: Parameters<Run>) {
      const answers: Awaited<ReturnType<Run>>[] = [];
      // Only `on` fills the map, with functions of the hook's own type.
      for (const run of registered.get(hook) ?? []) answers.push((await run(...args)) as Awaited<ReturnType<Run>>);
      return answers;
    },
  };
}
