#!/bin/sh
# Checks the key in the build of a host that deploys from Git. Commit this file as
# flexy-key-check.sh, and start the host's build command with it:
#
#   sh flexy-key-check.sh && npm run build
#
# That is "build.command" in netlify.toml, "buildCommand" in vercel.json, and
# "buildCommand" in render.yaml. In the host's settings, beside ONECLICK_API_KEY,
# set FLEXY_ENVIRONMENT: production for production, staging for previews, which need
# a SANDBOX key of their own.
#
# A wrong key fails the build. It costs one attempt for each build, and the address
# is the host's. A key with an allowlist cannot be used on such hosts: their
# addresses change, those of the builds and those of the running site.
set -eu
version=v1.0.0
sum=COPY_IT_FROM_SHA256SUMS # of flexy-key-check-linux-amd64, in that release

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
curl -fsSL --retry 3 -o "$dir/flexy-key-check" \
	"https://github.com/<owner>/flexy-key-check/releases/download/$version/flexy-key-check-linux-amd64"
echo "$sum  $dir/flexy-key-check" | sha256sum -c - >/dev/null
chmod +x "$dir/flexy-key-check"
FLEXY_API_KEY="${ONECLICK_API_KEY:-}" "$dir/flexy-key-check"
