// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// Ports are what the pages show and what their forms do. All must be filled.
type Ports struct {
	Journal Journal // entries of the log

	Inspection Inspection // verifies the log
	Handouts   Handouts   // proofs to take away
	LogKeys    []string   // verifier keys of the log, as officers compare them

	Policy    Policy    // what was ever in force
	Approval  Approval  // who decides on it
	Workbench Workbench // trying it first

	Standing    Standing // how things stand
	Agreements  Agreements
	Credentials Credentials // keys and certificates
	Requests    Requests    // of data subjects
	Breaches    Breaches    // cases
	Reports     Reports     // of a month
	Exports     Exports     // entries to take along
	Registers   Registers   // of processing, and the annex for a DPIA
}

// pages is the whole console, in the order of the menu. A page that is not here
// does not exist; one that is here needs a row in the table of TestIsolation.
func pages(p Ports) []page {
	runs := newFullChecks()
	return []page{
		overview{p.Journal}.page(),
		search{p.Journal}.page(),
		entryPage{p.Journal, p.Policy}.page(),
		life{p.Journal}.page(),
		checkPage{p.Inspection, p.LogKeys, runs}.page(),
		verdictPage{p.Inspection}.page(),
		fullPage{runs}.page(),
		bundlePage{p.Handouts}.page(),
		wholeLogPage{p.Handouts}.page(),
		entryProofPage{p.Handouts}.page(),
		checkpointPage{p.Inspection}.page(),
		logKeyPage{p.LogKeys}.page(),
		policyPage{p.Policy}.page(),
		tryPage{p.Policy, p.Workbench}.page(),
		simulatePage{p.Policy, p.Workbench}.page(),
		comparePage{p.Policy}.page(),
		proposePage{p.Approval}.page(),
		versionPage{p.Policy, p.Approval}.page(),
		versionFile{p.Policy}.page(),
		standing{p.Standing}.page(),
		agreements{p.Agreements}.page(),
		agreement{p.Agreements}.page(),
		credentials{p.Credentials}.page(),
		requests{p.Requests}.page(),
		requestPage{p.Requests}.page(),
		breaches{p.Breaches}.page(),
		breach{p.Breaches}.page(),
		reports{p.Reports}.page(),
		export{p.Exports}.page(),
		month{p.Reports}.page(),
		monthFile{p.Reports}.page(),
		processing{p.Registers}.page(),
		dpia{p.Registers}.page(),
	}
}

// watchers are the roles that see entries.
func watchers() []oversight.Role {
	return []oversight.Role{oversight.RoleParty, oversight.RoleProcessor}
}
