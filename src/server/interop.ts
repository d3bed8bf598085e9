/**
 * The default export of a CommonJS package, which is the export itself in Next's bundle and an object around it in Node. The
 * types show the first and hide the second. Needed for every next-auth provider.
 */
export function interop<T>(imported: T): T {
  return (imported as { readonly default?: T }).default ?? imported;
}
