#!/bin/sh
# Copies what runs in production from a built workspace to a folder: sh deploy/assemble-image.sh <folder>
set -eu
target=$1

# Without dist it was not built, because no service needs it.
for member in apps/* packages/*; do
  [ -d "$member/dist" ] || continue
  mkdir -p "$target/$member"
  cp -a "$member/package.json" "$member/dist" "$target/$member/"
  for more in node_modules bin builtin; do
    [ ! -d "$member/$more" ] || cp -a "$member/$more" "$target/$member/"
  done
done
cp -a package.json LICENSE node_modules "$target/"
mkdir -p "$target/deploy"
cp -a deploy/healthcheck.mjs "$target/deploy/"

# ONNX Runtime brings the libraries of every platform; one of them is ours (288 MB become 46).
platform=$(node -p 'process.platform') arch=$(node -p 'process.arch')
find "$target"/node_modules/.pnpm/onnxruntime-node@*/node_modules/onnxruntime-node/bin/napi-v* -mindepth 1 -maxdepth 1 ! -name "$platform" -exec rm -rf {} +
find "$target"/node_modules/.pnpm/onnxruntime-node@*/node_modules/onnxruntime-node/bin/napi-v*/"$platform" -mindepth 1 -maxdepth 1 ! -name "$arch" -exec rm -rf {} +

find "$target/apps" "$target/packages" -path '*/node_modules' -prune -o \( -name '*.map' -o -name '*.d.ts' -o -name '.tsbuildinfo' \) -type f -exec rm -f {} +
