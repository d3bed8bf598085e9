/** How long what people type may be. The server decides, and pages let nobody type more: both ask here. Browser-safe. */
export const WORKFLOW_NAME_MAX = 120;
export const WORKFLOW_DESCRIPTION_MAX = 2_000;
/** As in accounts. */
export const EMAIL_MAX = 254;
