/** What later features and `main.ts` may use of accounts. */
export { accountDeleting, emailVerified, type VerifiedEmail } from "./hooks.ts";
export { demoAccounts, demoPassword, seedAccounts } from "./seed.ts";
export { type Account, createAccountGateway, createUser, endSession } from "./service.ts";
