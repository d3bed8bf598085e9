import { LoadingRegion } from "#ui/loading-region.tsx";
import { Skeleton } from "#ui/skeleton.tsx";

/** The shape of a timeline. */
export function RunSkeleton() {
  return (
    <LoadingRegion label="Loading the run" className="flex flex-col gap-4 px-4 py-3">
      {[10, 28, 40, 52, 64].map((start) => (
        <div key={start} className="flex items-center">
          <Skeleton className="h-4 w-32 shrink-0" />
          <div className="ml-8 flex-1">
            <Skeleton className="h-3 w-1/5" style={{ marginLeft: `${start}%` }} />
          </div>
        </div>
      ))}
    </LoadingRegion>
  );
}
