/** The API of accounts. Signing in and out is next-auth's, under /api/auth: cookies cannot be set over a socket. */
import { protectedProcedure, router } from "#server/trpc.ts";

export const accountRouter = router({
  /** Who is signed in. */
  me: protectedProcedure.query(({ ctx }) => ({ userId: ctx.session.userId, email: ctx.session.email, name: ctx.session.name })),
});
