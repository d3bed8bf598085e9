/** The API of accounts. Signing in and out is next-auth's, under /api/auth: cookies cannot be set over a socket. */
import { z } from "zod";
import { protectedProcedure, publicProcedure, router } from "#server/trpc.ts";
import { userColors } from "./colors.ts";
import { emailInput, nameInput, newPasswordInput, passwordInput, tokenInput } from "./input.ts";
import { changePassword, deleteAccount, readMe, updateProfile } from "./profile.ts";
import { requestReset, resetPassword } from "./recovery.ts";
import { endDevice, endSessions, listDevices } from "./sessions.ts";
import { resendVerification, signUp, verifyEmail } from "./sign-up.ts";

export const accountRouter = router({
  /** Who is signed in. */
  me: protectedProcedure.query(({ ctx }) => readMe(ctx.runtime, ctx.session)),

  /** Whether the caller's session is alive, and if not, why; asked by a page that was refused before it says anything. */
  session: publicProcedure.query(async ({ ctx: { session, sessionEnd, sessions } }) => {
    // A socket knows the session it was opened with, which is not an answer.
    const found = session && (await sessions.lookUp(session.sessionId, performance.now()));
    if (found && !("ended" in found)) return { userId: found.userId, ended: null };
    return { userId: null, ended: found?.ended ?? sessionEnd ?? ("sessionEnded" as const) };
  }),

  signUp: publicProcedure
    .input(z.object({ email: emailInput, name: nameInput, password: newPasswordInput }))
    .mutation(({ ctx, input }) => signUp(ctx.runtime, input, ctx.address)),

  verifyEmail: publicProcedure
    .input(z.object({ token: tokenInput, password: passwordInput }))
    .mutation(({ ctx, input }) => verifyEmail(ctx.runtime, input, ctx.address)),

  resendVerification: publicProcedure
    .input(z.object({ email: emailInput }))
    .mutation(({ ctx, input }) => resendVerification(ctx.runtime, input.email, ctx.address)),

  requestReset: publicProcedure
    .input(z.object({ email: emailInput }))
    .mutation(({ ctx, input }) => requestReset(ctx.runtime, input.email, ctx.address)),

  reset: publicProcedure
    .input(z.object({ token: tokenInput, password: newPasswordInput }))
    .mutation(({ ctx, input }) => resetPassword(ctx.runtime, input, ctx.address)),

  updateProfile: protectedProcedure
    .input(z.object({ name: nameInput, color: z.enum(userColors) }))
    .mutation(({ ctx, input }) => updateProfile(ctx.runtime, ctx.session.userId, input)),

  /** Ends all other devices. `current` is left out by accounts that have no password yet. */
  changePassword: protectedProcedure
    .input(z.object({ current: passwordInput.optional(), password: newPasswordInput }))
    .mutation(({ ctx, input }) => changePassword(ctx.runtime, ctx.session, { ...input, current: input.current ?? null })),

  devices: protectedProcedure.query(async ({ ctx }) => ({ items: await listDevices(ctx.runtime, ctx.session) })),

  endDevice: protectedProcedure
    .input(z.object({ sessionId: z.uuid().lowercase() }))
    .mutation(({ ctx, input }) => endDevice(ctx.runtime, { ...input, userId: ctx.session.userId })),

  endOtherDevices: protectedProcedure.mutation(async ({ ctx: { runtime, session } }) => ({
    ended: await runtime.realtime.transaction(runtime.db, (tx) =>
      endSessions(runtime, tx, { userId: session.userId, keep: session.sessionId, reason: "sessionEnded" }),
    ),
  })),

  /** `password` is left out by accounts that have none. */
  deleteAccount: protectedProcedure
    .input(z.object({ password: passwordInput.optional() }))
    .mutation(({ ctx, input }) => deleteAccount(ctx.runtime, ctx.session, input.password ?? null)),
});
