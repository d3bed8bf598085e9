import type { Metadata } from "next";
import { Verify } from "#features/account/ui/verify.tsx";
import { readSession } from "../../session.ts";
import { oneParam, type SearchParams } from "../params.ts";

// The address holds a secret: it is told to no other site.
export const metadata: Metadata = { title: "Confirm your address", referrer: "no-referrer" };

export default async function VerifyPage({ searchParams }: { searchParams: SearchParams }) {
  return <Verify token={await oneParam(searchParams, "token")} signedIn={(await readSession()) !== null} />;
}
