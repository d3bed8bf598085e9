/**
 * Why signing in did not work, from the word that the server or next-auth gives for it. Nothing here says whether an account
 * exists: an address that nobody confirmed, an unknown one and a wrong password are one answer.
 */
export function signInWords(error: string, mails: boolean): string {
  const [word, seconds] = error.split(":");
  switch (word) {
    case "CredentialsSignin":
      return mails
        ? "This email and password do not go together, or the address has not been confirmed yet."
        : "This email and password do not go together.";
    case "TooManyAttempts":
      return `Too many attempts. Try again in ${waitWords(Number(seconds))}.`;
    case "SignInUnavailable":
      return "Signing in does not work at the moment; that is not about your password. Try again in a minute.";
    case "ProviderAddressUnverified":
      return "Your address is not verified there yet. Verify it with them, then try again.";
    case "AccountNotConfirmed":
      return "This address has not been confirmed here yet. Sign in with its password.";
    case "AccessDenied":
    case "OAuthCallback":
      return "They did not let you in. Nothing was changed; try again.";
    default:
      return "Signing in did not work. Nothing was changed; try again.";
  }
}

function waitWords(seconds: number): string {
  if (!(seconds > 0)) return "a minute";
  return seconds < 90 ? `${Math.ceil(seconds)} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}
