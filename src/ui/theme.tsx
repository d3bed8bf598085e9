"use client";
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

/** Light, dark, or as the system. Render it only in the browser (in a menu, say): the server does not know the choice. */
export function ThemeSwitch() {
  const { theme, setTheme } = useTheme();
  return (
    <fieldset className="flex gap-0.5 rounded-md border border-line p-0.5">
      <legend className="sr-only">Theme</legend>
      {themes.map(({ id, label, icon: Icon }) => (
        <button
          key={id}
          type="button"
          aria-label={label}
          aria-pressed={theme === id}
          title={label}
          onClick={() => setTheme(id)}
          className={cx(
            "flex h-6 flex-1 items-center justify-center rounded-sm px-2 text-muted hover:text-text",
            theme === id && "bg-active text-text",
          )}
        >
          <Icon className="size-4" strokeWidth={1.5} />
        </button>
      ))}
    </fieldset>
  );
}
