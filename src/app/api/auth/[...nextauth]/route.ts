import type { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { getServerBridge } from "#server/next.ts";

// The options are asked for with each request: `next build` loads this module without a server.
function handler(request: NextRequest, context: { params: Promise<{ nextauth: string[] }> }) {
  return NextAuth(request, context, getServerBridge().authOptionsFor(request.headers));
}

export { handler as GET, handler as POST };
