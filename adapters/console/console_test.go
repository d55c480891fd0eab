// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway/oversight"
)

func TestPagesShow(t *testing.T) {
	b := newWorld(t).browser(t).signIn([]oversight.Role{oversight.RoleParty}, energyOIN)
	for path, want := range map[string][]string{
		"/":                               {"Overzicht", "Meldingen ontvangen", "drempel", "<svg"},
		"/logboek":                        {"Melding ontvangen", "Oudere gebeurtenissen", "Gevonden"},
		"/logboek?uitkomst=geweigerd":     {"geweigerd", "drempel"},
		"/logboek/71":                     {"Gebeurtenis 71", "Bladhash", "/levensloop/" + string(reportID)},
		"/levensloop/" + string(reportID): {"Levensloop", "Melding ingetrokken"},
	} {
		a := b.get(path)
		if a.status != http.StatusOK {
			t.Errorf("%s gave %d\n%s", path, a.status, a.body)
		}
		for _, text := range want {
			if !strings.Contains(a.body, text) {
				t.Errorf("%s does not say %q", path, text)
			}
		}
		if strings.Contains(a.body, "‹") {
			t.Errorf("%s has a word that is missing", path)
		}
	}
}
