import { Field, type FieldProps } from "#ui/input.tsx";

/** What the server asks of a new password; it is the one that decides (see ../input.ts, which a page may not import). */
const MIN_LENGTH = 8;

export function NewPasswordField(props: Omit<FieldProps, "type" | "autoComplete" | "name">) {
  return (
    <Field
      {...props}
      type="password"
      name="new-password"
      autoComplete="new-password"
      required
      minLength={MIN_LENGTH}
      hint={`At least ${MIN_LENGTH} characters.`}
    />
  );
}
