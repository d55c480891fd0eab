// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// Ports are what the pages show and what their forms do. All must be filled.
type Ports struct {
	Journal   Journal   // entries of the log
	Policy    Policy    // what was ever in force
	Approval  Approval  // who decides on it
	Workbench Workbench // trying it first
}

// pages is the whole console, in the order of the menu. A page that is not here
// does not exist; one that is here needs a row in the table of TestIsolation.
func pages(p Ports) []page {
	return []page{
		overview{p.Journal}.page(),
		search{p.Journal}.page(),
		entryPage{p.Journal}.page(),
		life{p.Journal}.page(),
		policyPage{p.Policy}.page(),
		tryPage{p.Policy, p.Workbench}.page(),
		simulatePage{p.Policy, p.Workbench}.page(),
		comparePage{p.Policy}.page(),
		proposePage{p.Approval}.page(),
		versionPage{p.Policy, p.Approval}.page(),
		versionFile{p.Policy}.page(),
	}
}

// watchers are the roles that see entries.
func watchers() []oversight.Role {
	return []oversight.Role{oversight.RoleParty, oversight.RoleProcessor}
}
