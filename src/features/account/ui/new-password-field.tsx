import { Field, type FieldProps } from "#ui/input.tsx";
import { PASSWORD_MIN } from "../lengths.ts";

export function NewPasswordField(props: Omit<FieldProps, "type" | "autoComplete" | "name">) {
  return (
    <Field
      {...props}
      type="password"
      name="new-password"
      autoComplete="new-password"
      required
      minLength={PASSWORD_MIN}
      hint={`At least ${PASSWORD_MIN} characters.`}
    />
  );
}
