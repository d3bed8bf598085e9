/** What later features and `main.ts` may use of accounts. */
export { defaultColor, type UserColor, userColors } from "./colors.ts";
export { accountDeleting, emailVerified, type VerifiedEmail } from "./hooks.ts";
export { emailInput, normalizeEmail } from "./input.ts";
export { demoAccounts, demoPassword, seedAccounts } from "./seed.ts";
export { endSession } from "./sessions.ts";
export { createAccountGateway } from "./sign-in.ts";
export { type Account, createUser } from "./users.ts";
