/** GitHub and Google for next-auth, each when its keys are configured, with one promise: an address they give was verified there. */
import type { AuthOptions } from "next-auth";
import GitHubProvider from "next-auth/providers/github";
import GoogleProvider from "next-auth/providers/google";
import { z } from "zod";
import type { Env } from "./env.ts";
import { interop } from "./interop.ts";

type Provider = AuthOptions["providers"][number];

/** What is left of a provider's answer; next-auth hands it to the callbacks as `user`. */
export const providerUser = z.object({ id: z.string().min(1), name: z.string().nullish(), verifiedEmail: z.string().nullable() });

const gitHubEmails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));

export function createProviders({ github, google }: Pick<Env, "github" | "google">): Provider[] {
  const providers: Provider[] = [];
  if (github)
    providers.push(
      interop(GitHubProvider)({
        clientId: github.id,
        clientSecret: github.secret,
        userinfo: {
          url: "https://api.github.com/user",
          // next-auth's own takes the address on the profile as it is; only this list says which ones were verified.
          async request({ client, tokens }) {
            const profile = await client.userinfo(tokens.access_token ?? "");
            const response = await fetch("https://api.github.com/user/emails", {
              headers: { authorization: `Bearer ${tokens.access_token}`, accept: "application/vnd.github+json" },
            });
            const emails = response.ok ? gitHubEmails.safeParse(await response.json()).data : undefined;
            return { ...profile, verified_email: emails?.find(({ primary, verified }) => primary && verified)?.email ?? null };
          },
        },
        profile: (profile) => ({
          id: String(profile.id),
          name: profile.name ?? profile.login,
          verifiedEmail: "verified_email" in profile && typeof profile.verified_email === "string" ? profile.verified_email : null,
        }),
      }),
    );
  if (google)
    providers.push(
      interop(GoogleProvider)({
        clientId: google.id,
        clientSecret: google.secret,
        profile: (profile) => ({ id: profile.sub, name: profile.name, verifiedEmail: profile.email_verified ? profile.email : null }),
      }),
    );
  return providers;
}
