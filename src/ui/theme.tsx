"use client";
import { Menu } from "@base-ui/react/menu";
import { Monitor, Moon, Sun } from "lucide-react";
import { ThemeProvider as NextThemes, useTheme } from "next-themes";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";

/** @param nonce of the response, for the script that sets the class before the first paint; browsers hide it from scripts again */
export function ThemeProvider({ nonce, children }: { nonce: string | undefined; children: ReactNode }) {
  return (
    <NextThemes {...(nonce === undefined ? {} : { nonce })} attribute="class" defaultTheme="system" enableSystem disableTransitionOnChange>
      {children}
    </NextThemes>
  );
}

const themes = [
  { id: "light", label: "Light", icon: Sun },
  { id: "dark", label: "Dark", icon: Moon },
  { id: "system", label: "As the system", icon: Monitor },
] as const;

/** Light, dark, or as the system; part of a menu, and so rendered in the browser only: the server does not know the choice. */
export function ThemeSwitch() {
  const { theme, setTheme } = useTheme();
  return (
    <Menu.RadioGroup aria-label="Theme" value={theme} onValueChange={setTheme} className="flex gap-0.5 rounded-md border border-line p-0.5">
      {themes.map(({ id, label, icon: Icon }) => (
        <Menu.RadioItem
          key={id}
          value={id}
          aria-label={label}
          title={label}
          className={cx(
            "flex h-6 flex-1 cursor-pointer items-center justify-center rounded-sm px-2 text-muted outline-none",
            "data-[checked]:bg-active data-[checked]:text-text data-[highlighted]:text-text data-[highlighted]:outline-2 data-[highlighted]:outline-focus",
          )}
        >
          <Icon className="size-4" strokeWidth={1.5} />
        </Menu.RadioItem>
      ))}
    </Menu.RadioGroup>
  );
}
