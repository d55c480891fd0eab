// SPDX-License-Identifier: EUPL-1.2

package s3

import "strings"

// probePrefix is where Probe tries things out.
const probePrefix = "proef/"

func isProbe(name string) bool { return strings.HasPrefix(name, probePrefix) }
