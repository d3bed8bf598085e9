/** Labels and track; axis, rows and rulings share it. On narrow screens the label stands above its track, which has all the width. */
export const timelineColumns = "grid grid-cols-1 sm:grid-cols-[minmax(0,272px)_minmax(0,1fr)]";
/** What is placed by time; as wide in every row as the axis above it. */
export const timelineTrack = "relative max-sm:ml-4 sm:col-start-2";
