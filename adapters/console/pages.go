// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// Ports are what the pages show and what their forms do. All must be filled.
type Ports struct {
	Journal Journal // entries of the log
}

// pages is the whole console, in the order of the menu. A page that is not here
// does not exist; one that is here needs a row in the table of TestIsolation.
func pages(p Ports) []page {
	return []page{
		overview{p.Journal}.page(),
		search{p.Journal}.page(),
		entryPage{p.Journal}.page(),
		life{p.Journal}.page(),
	}
}

// watchers are the roles that see entries.
func watchers() []oversight.Role {
	return []oversight.Role{oversight.RoleParty, oversight.RoleProcessor}
}
