// SPDX-License-Identifier: EUPL-1.2

package announce

// Waits is the schedule, for tests.
var Waits = waits
