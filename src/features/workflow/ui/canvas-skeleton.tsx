import { LoadingRegion } from "#ui/loading-region.tsx";
import { Skeleton } from "#ui/skeleton.tsx";

/** The shape of a small graph. */
export function CanvasSkeleton() {
  return (
    <LoadingRegion label="Loading the workflow" className="flex size-full items-center justify-center gap-10 overflow-hidden bg-sunken">
      {[0, 1, 2].map((column) => (
        <Skeleton key={column} className="h-18 w-56 shrink-0 rounded-md" />
      ))}
    </LoadingRegion>
  );
}
