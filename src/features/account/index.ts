/** What later features and `main.ts` may use of accounts. */
export { demoAccounts, demoPassword, seedAccounts } from "./seed.ts";
export { type Account, createAccountGateway, createUser, endSession } from "./service.ts";
