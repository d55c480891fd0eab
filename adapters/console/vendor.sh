#!/usr/bin/env bash
# SPDX-License-Identifier: EUPL-1.2
#
# Copies the style sheets of NL Design System that the console uses out of the
# npm packages of static/nlds/package-lock.json, unchanged, and writes down their
# hashes. To take newer versions: change package.json there, run
# "npm install --package-lock-only --ignore-scripts" beside it, then this.
# TestVendoredStyle holds the copies to SHA256SUMS.
set -euo pipefail
cd "$(dirname "$0")/static/nlds"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp package.json package-lock.json "$work"
npm ci --prefix "$work" --ignore-scripts --no-audit --no-fund --silent
rm -f ./*.css SHA256SUMS
for package in "$work"/node_modules/@utrecht/*-css; do
	name=$(basename "$package")
	grep -q "\"@utrecht/$name\"" package.json || continue
	cp "$package/dist/index.css" "${name%-css}.css"
done
cp "$work/node_modules/@nl-design-system-unstable/voorbeeld-design-tokens/dist/theme.css" theme.css
cp "$work/node_modules/@utrecht/root-css/LICENSE.md" LICENCE.md
sha256sum ./*.css LICENCE.md | sed 's# \./# #' >SHA256SUMS
