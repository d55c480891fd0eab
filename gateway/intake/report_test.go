// SPDX-License-Identifier: EUPL-1.2

package intake_test

import (
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

// TestReadReport holds the operator's reader to the strictness of the journey.
func TestReadReport(t *testing.T) {
	const good = `{"meldingId":"01981e2c-7a10-7000-8000-000000000001","soort":"Energie","signaaldatum":"2026-11-20","ontstaansdatum":"2026-09-18",
"bedragInCenten":45000,"crisissignaal":false,"warmeOverdracht":false,"inspanningen":{"bezwaar":false},
"persoon":{"achternaam":"Verzonnen"},"adres":{"postcode":"1011GR","huisnummer":9001}}`
	r, findings := intake.ReadReport([]byte(good))
	if len(findings) != 0 || r.Basis != gateway.BasisWgs || r.Kind != gateway.ReportEnergy || r.AmountInCents != 45000 {
		t.Errorf("basis %q, kind %q, findings %v", r.Basis, r.Kind, findings)
	}
	for name, tt := range map[string]struct {
		old, new string
		code     gateway.Code
	}{
		"doubled": {`"soort":"Energie"`, `"soort":"Energie","soort":"Water"`, gateway.CodeDuplicateField},
		"unknown": {`"soort"`, `"bsn":"1","soort"`, gateway.CodeUnknownField},
		"missing": {`"warmeOverdracht":false,`, ``, gateway.CodeMissingField},
		"no JSON": {`{"meldingId"`, `meldingId`, gateway.CodeNotJSON},
	} {
		_, findings := intake.ReadReport([]byte(strings.Replace(good, tt.old, tt.new, 1)))
		if len(findings) != 1 || findings[0].Code != tt.code {
			t.Errorf("%s: findings %v, want %s", name, findings, tt.code)
		}
	}
}
