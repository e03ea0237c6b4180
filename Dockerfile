# coldaisle: one image for the daemon and the simulator. It has no shell scripts: signals reach node itself.
#
#   docker build -t coldaisle .
#   docker run --read-only --tmpfs /tmp -v coldaisle:/data -v "$PWD/site.yaml:/etc/coldaisle/site.yaml:ro" coldaisle
#
# In site.yaml: `store: { path: /data }`, and `http: { listen: '0.0.0.0:8080', trustedProxy: true }` with the port published
# on the machine's own loopback address only.

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The optional packages are a Node 24 for machines with an older one; the image has its own.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24.21.0-bookworm-slim
# As config/coldaisle.service has it, where it says why.
ENV NODE_ENV=production NODE_OPTIONS=--max-semi-space-size=8 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_ARENA_MAX=2
WORKDIR /app
RUN install -d -o 10001 -g 10001 /data
COPY --from=packages /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY src ./src
COPY simulators ./simulators
COPY config ./config
# A number, so that a platform can see that it is not root. What it may write is /data alone.
USER 10001:10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/readyz').then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/main.ts", "run", "--config", "/etc/coldaisle/site.yaml"]
