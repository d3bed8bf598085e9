import type { ConnectionState } from "#client/connection.ts";

type SignedOut = NonNullable<ConnectionState["signedOut"]>;

/** Why this page is signed out, and what that means for it. */
export function signedOutWords({ reason, otherUser }: SignedOut): { title: string; meaning: string } {
  const meaning = "What you see is as it was then; what runs on the server goes on.";
  if (otherUser)
    return {
      title: "Somebody else is signed in in this browser.",
      meaning: "What you see is not theirs; load the page again to go on as them.",
    };
  switch (reason) {
    case "sessionEnded":
      return { title: "You were signed out, here or from another device.", meaning };
    case "sessionExpired":
      return { title: "You were signed out, since nobody used this device for long.", meaning };
    case "passwordChanged":
      return { title: "You were signed out, since your password was changed.", meaning };
    case "accountDeleted":
      return { title: "This account was deleted.", meaning: "What you see is as it was then." };
  }
}
