import { signIn } from "next-auth/react";

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Null when it worked, otherwise the word for why not; see sign-in-words.ts. @throws TypeError when the server did not answer */
export async function signInWithPassword({ email, password }: Credentials): Promise<string | null> {
  const result = await signIn("credentials", { email: email.trim(), password, redirect: false });
  return result?.ok ? null : (result?.error ?? "CredentialsSignin");
}
