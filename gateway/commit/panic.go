// SPDX-License-Identifier: EUPL-1.2

package commit

import "errors"

// errPanic hides what was panicked with: it may hold a member's content.
var errPanic = errors.New("commit: the group's run panicked")

// errAnswers is a fault of the run: no member may get another's answer.
var errAnswers = errors.New("commit: the group's run did not answer each member")
