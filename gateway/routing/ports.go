// SPDX-License-Identifier: EUPL-1.2

package routing

// Tables gives the table that routes now. A new version is switched in
// atomically: each batch asks once and uses one table throughout. Filled by
// cmd, which loads the compiled file.
type Tables interface {
	Current() *Table
}
