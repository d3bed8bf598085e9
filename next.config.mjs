// Plain JavaScript: `next build` must not need the project's own TypeScript settings to read its settings.

/** For everything Next serves. Its Content-Security-Policy has a nonce per request, so src/server/page-safety.ts sets it. */
const securityHeaders = [
  { key: "Permissions-Policy", value: "camera=(), geolocation=(), microphone=(), payment=(), usb=()" },
  { key: "Referrer-Policy", value: "strict-origin-when-cross-origin" },
  { key: "X-Content-Type-Options", value: "nosniff" },
  // SAMEORIGIN and not DENY: the split view shows two clients of this app side by side.
  { key: "X-Frame-Options", value: "SAMEORIGIN" },
];

// Nothing is reported to anybody, and no notice about it stands between the lines.
process.env.NEXT_TELEMETRY_DISABLED ??= "1";

/** @type {import("next").NextConfig} */
export default {
  // `pnpm dev` gives each port its own folder and tsconfig: Next allows one development server per folder, and rewrites the tsconfig.
  distDir: process.env.NEXT_DIST_DIR ?? ".next",
  typescript: { tsconfigPath: process.env.NEXT_TSCONFIG ?? "tsconfig.json" },
  turbopack: { root: import.meta.dirname },
  // Native code, and drivers that must exist once: bundled copies would be second ones.
  serverExternalPackages: ["@node-rs/argon2", "pg-boss", "postgres"],
  // The address people type in development is localhost; 127.0.0.1 is the same machine.
  allowedDevOrigins: ["127.0.0.1"],
  // Its button lies over the page's own corner.
  devIndicators: false,
  poweredByHeader: false,
  headers: async () => [{ source: "/:path*", headers: securityHeaders }],
};
