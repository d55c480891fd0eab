// SPDX-License-Identifier: EUPL-1.2

package adoption

import (
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// FactsTerm gives the month that facts of a day count in, and their last day:
// that of the next month, so that a whole month can be simulated as long as it
// is the last, and no facts stay longer than 62 days. Called by truth stores.
func FactsTerm(on gateway.Date) (month string, last gateway.Date) {
	year, m, _ := on.Time().Date()
	return on.String()[:7], gateway.DateOf(time.Date(year, m+2, 1, 0, 0, 0, 0, time.UTC)).AddDays(-1)
}
