// SPDX-License-Identifier: EUPL-1.2

package commit

import "errors"

// errPanic hides what was panicked with: it may hold a member's content.
var errPanic = errors.New("commit: the group's run panicked")
