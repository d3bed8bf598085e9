/** Labels and track; axis, rows and rulings share it. */
export const timelineColumns = "grid grid-cols-[minmax(0,140px)_minmax(0,1fr)] sm:grid-cols-[minmax(0,224px)_minmax(0,1fr)]";
