/** Who follows whom, by tab. Following in a circle would move everybody's canvas for ever, so there is none. */
type Following = ReadonlyMap<string, string>;

/** Whether `tabId` can follow `leader` without ending up behind itself. */
export function canFollow(tabId: string, leader: string, following: Following): boolean {
  return !chainFrom(leader, following).includes(tabId);
}

/**
 * Two may start to follow each other in the same moment, each allowed by what it knew. Then everybody sees the same circle, and the
 * tab in it with the greatest id is the one that lets go.
 */
export function mustLetGo(tabId: string, leader: string, following: Following): boolean {
  const chain = chainFrom(leader, following);
  const at = chain.indexOf(tabId);
  return at !== -1 && chain.slice(0, at + 1).every((other) => other <= tabId);
}

/** The tab, the one it follows, and so on. */
function chainFrom(tabId: string, following: Following): string[] {
  const chain = [tabId];
  for (let next = following.get(tabId); next !== undefined && !chain.includes(next); next = following.get(next)) chain.push(next);
  return chain;
}
