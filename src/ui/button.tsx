"use client";
import { Button as BaseButton } from "@base-ui/react/button";
import type { ComponentProps, ReactNode } from "react";
import { type ButtonLook, type ButtonSize, buttonClass } from "./button-class.ts";

export interface ButtonProps extends Omit<ComponentProps<typeof BaseButton>, "className"> {
  look?: ButtonLook;
  size?: ButtonSize;
  /** The work it started is under way: it stays focusable, says so, and does not start it again. */
  busy?: boolean;
  className?: string;
  children?: ReactNode;
}

export function Button({
  look = "outline",
  size = "medium",
  busy = false,
  className,
  disabled,
  focusableWhenDisabled = busy,
  ...props
}: ButtonProps) {
  return (
    <BaseButton
      {...props}
      aria-busy={busy || undefined}
      disabled={disabled || busy}
      focusableWhenDisabled={focusableWhenDisabled}
      className={buttonClass(look, size, className)}
    />
  );
}
