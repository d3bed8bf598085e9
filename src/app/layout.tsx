import "@xyflow/react/dist/style.css"; // demo
import "#ui/theme.css";
import "#ui/canvas.css"; // demo
import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { ThemeProvider } from "#ui/theme.tsx";
import { Toaster } from "#ui/toaster.tsx";
import { TooltipProvider } from "#ui/tooltip.tsx";

export const metadata: Metadata = {
  title: { default: "Heliograph", template: "%s · Heliograph" },
  description: "What happens, as it happens: every event once, in order, in every tab.",
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f8f8f9" },
    { media: "(prefers-color-scheme: dark)", color: "#0d0d0f" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Every script needs the nonce of its response, so no page is made ahead; see server/page-safety.ts.
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return (
    // The theme's class is set before hydration, by the browser alone.
    <html lang="en" suppressHydrationWarning className={`${GeistSans.variable} ${GeistMono.variable}`}>
      <body>
        <ThemeProvider nonce={nonce}>
          <TooltipProvider>{children}</TooltipProvider>
          <Toaster />
        </ThemeProvider>
      </body>
    </html>
  );
}
