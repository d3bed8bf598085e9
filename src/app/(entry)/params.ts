/** What stands behind the `?` of an address, as Next gives it to a page. */
export type SearchParams = Promise<Readonly<Record<string, string | string[] | undefined>>>;

/** The one value of a parameter; null without one, or with several. */
export async function oneParam(params: SearchParams, name: string): Promise<string | null> {
  const value = (await params)[name];
  return typeof value === "string" && value !== "" ? value : null;
}
