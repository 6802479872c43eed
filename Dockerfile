# The action's image: one static program and the CA certificates it needs.
#
# The last stage has no USER, because the runner's files for outputs and summary
# belong to root; no WORKDIR, because the runner sets it to the workspace; and no
# shell, because the runner mounts the Docker socket and passes a token. Outside
# Actions the image runs read-only, as any user and without capabilities.
#
# It builds with or without BuildKit. With BuildKit it also cross-compiles without
# emulation: --platform linux/amd64,linux/arm64.
FROM --platform=${BUILDPLATFORM:-linux} golang:1.26.8-alpine@sha256:8ac98ca534ac3f51e1f420a1dd2c15e74c75cfa0f23f3ad27eb5d7236c349a0c AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ARG COMMIT=
ARG TARGETOS
ARG TARGETARCH
# Nothing that differs between two builds of a commit affects the binary. The
# program speaks only HTTP/1.1. Without inlining, the YAML parser is 60 KB smaller
# and still fast enough for a policy file.
RUN CGO_ENABLED=0 GOOS=${TARGETOS} GOARCH=${TARGETARCH} go build -trimpath -buildvcs=false -tags=nethttpomithttp2 \
	-gcflags=go.yaml.in/yaml/v4/...=-l \
	-ldflags="-s -w -buildid= -X main.version=${VERSION}${COMMIT:++${COMMIT}}" -o /out/flexy-key-check .

FROM scratch
ARG VERSION=dev
ARG COMMIT=
LABEL org.opencontainers.image.title="flexy-key-check" \
	org.opencontainers.image.description="Checks your OneClickDz Flexy API key before you deploy" \
	org.opencontainers.image.licenses="MIT" \
	org.opencontainers.image.version="${VERSION}" \
	org.opencontainers.image.revision="${COMMIT}"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/flexy-key-check /flexy-key-check
ENTRYPOINT ["/flexy-key-check"]
