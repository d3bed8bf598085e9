/** What later features and `app/` may use of presence on workflows. */
export { whoIsHere } from "./service.ts";
