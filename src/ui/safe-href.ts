const PROTOCOLS = new Set(["http:", "https:", "mailto:"]);

/** The address as a browser reads it when it leads to a page or a mailbox; null for everything else, above all what would run. */
export function safeHref(text: string): string | null {
  // Parsed and not searched: browsers skip tabs, line breaks and control characters in an address, also within the protocol.
  const url = URL.parse(text.trim());
  return url && PROTOCOLS.has(url.protocol) ? url.href : null;
}
