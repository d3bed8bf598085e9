/** What later features and `main.ts` may use of accounts. */
export { type UserColor, userColors } from "./colors.ts";
export { accountDeleting, emailVerified } from "./hooks.ts";
export { demoAccounts, demoPassword, seedAccounts } from "./seed.ts";
export { endSession } from "./sessions.ts";
export { createAccountGateway } from "./sign-in.ts";
export { createUser } from "./users.ts";
