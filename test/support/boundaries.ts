/** The house rules of `src/` as dependency-cruiser rules, and one way to check a tree against them. */
import { cruise, type DependencyType, type ICruiseResult, type IForbiddenRuleType } from "dependency-cruiser";

/** Layers, the lowest first: a file imports its own layer and lower ones. */
export const LAYERS = [
  "realtime",
  "ws",
  "server",
  "nodes", // demo
  "ui",
  "client",
  "features",
  "app",
] as const;
/** Features from left to right: one uses only those before it. */
export const FEATURES = [
  "account",
  "counter",
  "workflow", // demo
  "execution", // demo
  "presence", // demo
  "system",
] as const;

const FILES_ABOVE = [
  "router\\.ts",
  "parts\\.ts",
  "demo(-remove)?\\.ts", // demo
  "main\\.ts",
  "dev\\.ts",
  "seed\\.ts",
  "migrate\\.ts",
];
/** What a browser may load although it lies in a layer that also holds server code. */
const BROWSER_SAFE = [
  "^src/realtime/(topic|room)\\.ts$",
  "^src/nodes/(graph|definition|definitions|expression)\\.ts$", // demo
  "^src/nodes/[^/]+/definition\\.ts$", // demo
  "^src/features/[^/]+/(events|reduce|permissions|examples|colors|lengths)\\.ts$",
  "^src/ws/close-codes\\.ts$",
];
/** Layers below the interface: a browser loads nothing of them but what is safe. */
const SERVER_LAYER = `^src/(${LAYERS.slice(0, LAYERS.indexOf("ui")).join("|")})/`;
const SERVER_ONLY_FEATURE_FILE = "^src/features/[^/]+/[^/]+\\.ts$";
const npm = (...names: string[]) => `^node_modules/(${names.join("|")})/`;
const atRunTime: { dependencyTypesNot: DependencyType[] } = { dependencyTypesNot: ["type-only"] };

const layerRules: IForbiddenRuleType[] = LAYERS.map((layer, index) => ({
  name: `${layer}-imports-only-lower-layers`,
  from: { path: `^src/${layer}/` },
  to: {
    path: [...LAYERS.slice(index + 1).map((higher) => `^src/${higher}/`), ...FILES_ABOVE.map((file) => `^src/${file}$`)],
    // The router's type is how a browser knows the API; it costs nothing at run time.
    ...(layer === "client" || layer === "features" ? atRunTime : {}),
  },
}));

const featureRules: IForbiddenRuleType[] = FEATURES.slice(0, -1).map((feature, index) => ({
  name: `${feature}-uses-only-features-to-its-left`,
  from: { path: `^src/features/${feature}/` },
  to: { path: FEATURES.slice(index + 1).map((later) => `^src/features/${later}/`) },
}));

export const RULES: IForbiddenRuleType[] = [
  ...layerRules,
  ...featureRules,
  { name: "no-cycles", from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } } },
  {
    name: "realtime-stands-alone",
    from: { path: "^src/realtime/" },
    to: { pathNot: ["^src/realtime/", npm("drizzle-orm", "postgres", "superjson", "zod"), "^node:", "^[a-z_/]+$"] },
  },
  {
    name: "ws-gets-router-and-limits-handed-in",
    from: { path: "^src/ws/" },
    to: { path: "^src/", pathNot: "^src/(ws|realtime)/" },
  },
  { name: "ui-imports-only-itself", from: { path: "^src/ui/" }, to: { path: "^src/", pathNot: "^src/ui/" } },
  {
    name: "browser-safe-files-stay-so",
    from: { path: BROWSER_SAFE },
    to: { pathNot: [...BROWSER_SAFE, npm("zod")] },
  },
  {
    name: "features-meet-through-their-public-files",
    from: { path: "^src/features/([^/]+)/" },
    to: { path: "^src/features/", pathNot: ["^src/features/$1/", "^src/features/[^/]+/(events|index|schema)\\.ts$"] },
  },
  {
    name: "services-do-not-know-trpc",
    from: { path: SERVER_ONLY_FEATURE_FILE, pathNot: "/router\\.ts$" },
    to: { path: [npm("@trpc/[^/]+"), "^src/server/(trpc|live)\\.ts$"] },
  },
  {
    name: "services-do-not-know-the-interface",
    from: { path: SERVER_ONLY_FEATURE_FILE },
    to: { path: ["^src/(ui|client)/", "^src/features/[^/]+/ui/"], ...atRunTime },
  },
  {
    name: "browsers-never-run-server-code",
    from: { path: ["^src/client/", "^src/features/[^/]+/ui/"] },
    to: {
      path: [SERVER_LAYER, SERVER_ONLY_FEATURE_FILE, "^src/router\\.ts$", npm("drizzle-orm", "postgres", "pg-boss", "ws")],
      pathNot: BROWSER_SAFE,
      ...atRunTime,
    },
  },
  {
    name: "pages-reach-the-server-through-one-door",
    from: { path: "^src/app/" },
    to: {
      path: [SERVER_LAYER, SERVER_ONLY_FEATURE_FILE, "^src/router\\.ts$", npm("drizzle-orm", "postgres", "pg-boss", "ws")],
      pathNot: [...BROWSER_SAFE, "^src/server/next\\.ts$"],
      ...atRunTime,
    },
  },
  { name: "nothing-imports-a-process", from: {}, to: { path: "^src/(main|dev)\\.ts$" } },
  { name: "src-never-imports-test", from: { path: "^src/" }, to: { path: "^test/" } },
];

export interface BoundaryReport {
  /** How many modules were looked at, packages included. */
  readonly seen: number;
  readonly unresolved: readonly string[];
  readonly violations: readonly string[];
  /** Project files that were looked at. */
  readonly sources: readonly string[];
}

/** @param baseDir a folder with `src/` and a package.json whose `imports` maps `#*` to it */
export async function checkBoundaries(baseDir: string): Promise<BoundaryReport> {
  const { output } = await cruise(["src"], {
    baseDir,
    validate: true,
    ruleSet: { forbidden: RULES },
    // Otherwise `import type` is not seen at all, and the engine's types could leak anywhere.
    tsPreCompilationDeps: true,
    // pnpm's links would else be followed to node_modules/.pnpm/…, where no rule about a package matches anything.
    preserveSymlinks: true,
    // Not `exclude`: that hides the edges to packages as well.
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".tsx", ".js", ".mjs", ".cjs", ".css", ".json"],
    },
  });
  // With no reporter named, the output is the result itself and not text.
  const { modules, summary } = output as ICruiseResult;
  return {
    seen: summary.totalCruised,
    sources: modules.map((module) => module.source).filter((source) => source.startsWith("src/")),
    unresolved: modules.flatMap((module) =>
      module.dependencies.filter((edge) => edge.couldNotResolve).map((edge) => `${module.source} -> ${edge.module}`),
    ),
    violations: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`),
  };
}
