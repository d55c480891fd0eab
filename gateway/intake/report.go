// SPDX-License-Identifier: EUPL-1.2

package intake

import "github.com/seinhuis/seinhuis/gateway"

// ReadReport reads the JSON of one report through the same strict schema as the
// journey, and gives all findings at once; with findings the report is not to
// be used. What only a submission can tell (its sender, its path, the day it
// came) is left to Read. For an operator who asks what policy says of a report.
func ReadReport(payload []byte) (gateway.Report, []gateway.Finding) {
	report, findings := ReadDocument(payload, reportFields)
	if report.Basis == "" {
		report.Basis = gateway.BasisWgs
	}
	return report, findings
}
