// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// TestCostlyPagesTakeTurns: an officer has one costly request at a time and all
// officers together a few, on every page that reads much; other pages go on.
func TestCostlyPagesTakeTurns(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).signIn([]oversight.Role{oversight.RoleProcessor, oversight.RolePolicy})
	b.get("/controle") // a token for forms
	statuses := func(want ...int) {
		t.Helper()
		w.console.turns.mu.Lock()
		w.console.turns.patience = time.Minute
		if slices.Contains(want, http.StatusTooManyRequests) {
			w.console.turns.patience = 0
		}
		w.console.turns.mu.Unlock()
		for _, path := range []string{"/controle/bundel", "/controle/logboek", "/rapporten/uitvoer?formaat=csv", "/rapporten/maand?maand=2026-11&partij=" + string(energyOIN),
			"/rapporten/maand.json?maand=2026-11&partij=" + string(energyOIN), "/beleid/proefbank/simulatie"} {
			if a := b.get(path); !slices.Contains(want, a.status) {
				t.Errorf("%s gave %d", path, a.status)
			}
		}
		for _, path := range []string{"/datalek", "/datalek/" + string(breachID), "/beleid/voorstel", "/beleid/" + string(proposalID)} {
			if a := b.do(http.MethodPost, path, url.Values{"token": {b.token()}}); (a.status == http.StatusTooManyRequests) != slices.Contains(want, http.StatusTooManyRequests) {
				t.Errorf("POST %s gave %d", path, a.status)
			}
		}
	}
	statuses(http.StatusOK)
	done, ok := w.console.turns.take(t.Context(), officerID)
	if !ok {
		t.Fatal("a turn was not handed back")
	}
	statuses(http.StatusTooManyRequests)
	if a := b.get("/logboek"); a.status != http.StatusOK {
		t.Errorf("the log gave %d", a.status)
	}
	done()
	statuses(http.StatusOK)
	if done, ok = w.console.turns.take(t.Context(), officerID); !ok { // the last one has been handed back
		t.Fatal("a turn was not handed back")
	}
	done()
	for i := range maxTurns {
		if _, ok := w.console.turns.take(t.Context(), gateway.UUID(fmt.Sprint(i))); !ok {
			t.Fatal("fewer than the bound")
		}
	}
	statuses(http.StatusTooManyRequests)
}
