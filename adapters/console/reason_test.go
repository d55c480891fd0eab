// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// TestReasonsNameTheirRule: a refused report shows the rule behind its code,
// with the sentence, the law and a link to it; a code that is no rule's says so,
// and what passed has no such part.
func TestReasonsNameTheirRule(t *testing.T) {
	b := newWorld(t).browser(t).signIn([]oversight.Role{oversight.RoleParty}, energyOIN)
	rule := "/beleid/" + string(importID) + "#algemeen/drempel"
	refused := b.get("/logboek/67").body // with a code of the engine, one of a rule, and one of none
	for _, want := range []string{"Waarom geweigerd", rule, "onder de drempel", "op de signaaldatum geen overeenkomst geregistreerd", "LCV, modelovereenkomst", "Dit is geen regel van het beleid"} {
		if !strings.Contains(refused, want) {
			t.Errorf("the page does not say %q:\n%s", want, refused)
		}
	}
	if !strings.Contains(b.get("/beleid/"+string(importID)).body, `id="algemeen/drempel"`) {
		t.Error("the link leads nowhere")
	}
	if strings.Contains(b.get("/logboek/71").body, "Waarom geweigerd") {
		t.Error("a report that passed has reasons")
	}
}
