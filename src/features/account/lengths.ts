/** How long what people type may be. The server decides, and pages let nobody type more: both ask here. Browser-safe. */
export const PASSWORD_MIN = 8;
/** Longer ones cost the server and protect nobody. */
export const PASSWORD_MAX = 200;
export const USER_NAME_MAX = 80;
export const EMAIL_MAX = 254;
