/** What later features and `demo.ts` may use of presence on workflows. */
export { connectPresence } from "./connect.ts";
export { whoIsHere } from "./service.ts";
