#!/bin/sh
# Makes the secrets that compose.yaml and deploy/kustomization.yaml take, in deploy/secrets (or $1).
# What is there stays.
set -eu
folder=${1:-$(dirname "$0")/secrets}
umask 077
mkdir -p "$folder"
if [ -s "$folder/database" ]; then
    echo "$folder/database is there already" >&2
    exit 0
fi
# Of letters and digits alone, as it stands in an address.
password=$(head -c 512 /dev/urandom | LC_ALL=C tr -dc 'A-Za-z0-9' | head -c 32)
printf '%s' "$password" >"$folder/postgres_password"
printf 'postgresql://ibid:%s@postgres:5432/ibid' "$password" >"$folder/database"
# Whoever the containers run as reads them; the folder is closed to others on this machine.
chmod 644 "$folder/postgres_password" "$folder/database"
