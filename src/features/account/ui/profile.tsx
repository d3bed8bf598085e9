"use client";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { type RouterOutputs, trpc } from "#client/trpc.ts";
import { useDraft } from "#client/use-unsent-work.ts";
import { Avatar } from "#ui/avatar.tsx";
import { Button } from "#ui/button.tsx";
import { Field } from "#ui/input.tsx";
import { USER_NAME_MAX } from "../lengths.ts";
import { ColorPicker } from "./color-picker.tsx";
import { FormError } from "./form-error.tsx";
import { refusalOf } from "./refusal.ts";

type Me = RouterOutputs["account"]["me"];

/** Name and colour: what others see. */
export function Profile({ me }: { me: Me }) {
  const router = useRouter();
  const utils = trpc.useUtils();
  const [name, setName] = useState(me.name);
  const [color, setColor] = useState(me.color);
  const save = trpc.account.updateProfile.useMutation({
    onSuccess: async () => {
      await utils.account.me.invalidate();
      // The frame around the page got the name and colour from the server.
      router.refresh();
    },
  });
  const { text, fields } = refusalOf(save.error);
  const changed = name.trim() !== me.name || color !== me.color;
  useDraft("Your name", name.trim() === me.name ? null : name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({ name, color });
  };

  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <div className="flex items-end gap-3">
        <Avatar name={name} color={color} className="size-8 text-xs" />
        <Field
          label="Name"
          name="name"
          autoComplete="name"
          required
          maxLength={USER_NAME_MAX}
          className="flex-1"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <FormError>{fields.name}</FormError>
      <ColorPicker value={color} onChange={setColor} />
      <FormError>{text}</FormError>
      <div className="flex items-center gap-3">
        <Button type="submit" look="ink" busy={save.isPending} disabled={!changed}>
          Save
        </Button>
        <span role="status" className="text-xs text-muted">
          {save.isSuccess && !changed ? "Saved." : null}
        </span>
      </div>
    </form>
  );
}
