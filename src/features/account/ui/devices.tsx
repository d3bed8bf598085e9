"use client";
import { Monitor, Smartphone } from "lucide-react";
import { type RouterOutputs, trpc } from "#client/trpc.ts";
import { Button } from "#ui/button.tsx";
import { ErrorState } from "#ui/error-state.tsx";
import { LoadingRegion } from "#ui/loading-region.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { Skeleton } from "#ui/skeleton.tsx";
import { deviceName } from "./device-name.ts";
import { FormError } from "./form-error.tsx";
import { refusalOf } from "./refusal.ts";

type Device = RouterOutputs["account"]["devices"]["items"][number];

/** Where one is signed in, and how to end that. */
export function Devices() {
  const devices = trpc.account.devices.useQuery(undefined, { refetchOnWindowFocus: true });
  const endOthers = trpc.account.endOtherDevices.useMutation({ onSettled: () => devices.refetch() });
  if (devices.isError && !devices.data)
    return (
      <ErrorState
        title="Your devices cannot be read"
        action={<Button onClick={() => void devices.refetch()}>Try again</Button>}
        className="py-2"
      >
        Nothing was changed. {refusalOf(devices.error).text}
      </ErrorState>
    );
  if (!devices.data) return <DevicesSkeleton />;

  // The one that is looked at first, wherever it stands by its last use.
  const items = devices.data.items.toSorted((a, b) => Number(b.current) - Number(a.current));
  return (
    <>
      <ul aria-label="Devices" className="divide-y divide-line rounded-md border border-line bg-raised">
        {items.map((device) => (
          <DeviceRow key={device.sessionId} device={device} onEnded={() => void devices.refetch()} />
        ))}
      </ul>
      {items.length > 1 ? (
        <div>
          <Button look="danger" busy={endOthers.isPending} onClick={() => endOthers.mutate()}>
            Sign out all others
          </Button>
        </div>
      ) : (
        <p className="text-muted">You are signed in nowhere else.</p>
      )}
      <FormError>{refusalOf(endOthers.error).text}</FormError>
    </>
  );
}

function DeviceRow({ device, onEnded }: { device: Device; onEnded: () => void }) {
  const { sessionId, current, userAgent, createdAt, lastUsedAt } = device;
  const end = trpc.account.endDevice.useMutation({ onSettled: onEnded });
  const { title, mobile } = deviceName(userAgent);
  const Icon = mobile ? Smartphone : Monitor;
  return (
    <li className="flex items-center gap-3 px-3 py-2">
      <Icon aria-hidden strokeWidth={1.5} className="size-4 shrink-0 text-muted" />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium" title={userAgent ?? undefined}>
          {title}
        </p>
        <p className="text-xs text-muted">
          {current ? (
            "This device"
          ) : (
            <>
              Last used <RelativeTime at={lastUsedAt} />
            </>
          )}
          , signed in <RelativeTime at={createdAt} />
        </p>
        <FormError>{refusalOf(end.error).text}</FormError>
      </div>
      {current ? null : (
        <Button size="small" busy={end.isPending} aria-label={`Sign out ${title}`} onClick={() => end.mutate({ sessionId })}>
          Sign out
        </Button>
      )}
    </li>
  );
}

function DevicesSkeleton() {
  return (
    <LoadingRegion label="Loading your devices" className="divide-y divide-line rounded-md border border-line">
      {["first", "second"].map((row) => (
        <div key={row} className="flex flex-col gap-1.5 px-3 py-2.5">
          <Skeleton className="h-4 w-40" />
          <Skeleton className="h-3 w-56" />
        </div>
      ))}
    </LoadingRegion>
  );
}
