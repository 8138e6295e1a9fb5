#!/bin/sh
# autogen.sh - make ./configure from configure.ac.
# SPDX-License-Identifier: AGPL-3.0-or-later
set -e
cd "$(dirname "$0")"
exec autoreconf --install --force
