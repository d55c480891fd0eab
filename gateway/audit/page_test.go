// SPDX-License-Identifier: EUPL-1.2

package audit_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway/audit"
)

var update = flag.Bool("update", false, "write docs/audit-events.md anew")

// TestPage keeps docs/audit-events.md equal to the catalogue. After a change: go test ./gateway/audit -run TestPage -update
func TestPage(t *testing.T) {
	const path = "../../docs/audit-events.md"
	want := page()
	if *update {
		if err := os.MkdirAll("../../docs", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/audit-events.md differs from the catalogue; run: go test ./gateway/audit -run TestPage -update")
	}
}

const pageHead = `# Gebeurtenissen in het logboek

<!-- Made from gateway/audit/event.go by: go test ./gateway/audit -run TestPage -update -->

Het auditlogboek legt vast wie wat wanneer deed, en nooit over wie: er staan geen persoonsgegevens en geen pseudoniemen in. Elke
wijziging en elke inzage van een gegeven over een persoon schrijft haar regel in dezelfde transactie; lukt dat niet, dan gaat de
handeling niet door. Privacyfunctionarissen en beheer zien alle regels; een partij ziet het bewijs van de regels over haar eigen meldingen.

Elke regel is een gesloten JSON-object met velden in vaste volgorde:

| veld | inhoud |
|---|---|
| ` + "`v`" + ` | versie van het formaat, altijd 1 |
| ` + "`tijd`" + ` | moment, RFC 3339, UTC, milliseconden |
| ` + "`gebeurtenis`" + ` | code uit de lijst hieronder |
| ` + "`actor`" + ` | OIN, ` + "`seinhuis`, `beheer`, `onbekend` of `functionaris/<uuid>`" + ` |
| ` + "`rol`" + ` | hoedanigheid waarin de actor handelt |
| ` + "`object`" + ` | soort en kenmerken: OIN, UUID, digest, gemeentecode of maand |
| ` + "`resultaat`" + ` | ` + "`gelukt`, `geweigerd` of `mislukt`" + ` |
| ` + "`herkomst`" + ` | SHA-256 van het clientcertificaat, of ` + "`lokaal`" + ` |
| ` + "`spoor`" + ` | trace-id, gelijk aan dat van de verwerkingslog |
| ` + "`beleid`" + ` | digest van het beleid dat besliste (als er beslist is) |
| ` + "`codes`" + ` | redencodes (als die er zijn) |
| ` + "`digest`" + ` | SHA-256 van wat is ontvangen (als er iets is ontvangen) |
| ` + "`bewijs`" + ` | SHA-256 van het ontvangstbewijs of bericht dat de handeling uitgaf |
| ` + "`aantal`" + ` | hoeveel zaken de handeling betrof; ontbreekt als niet is geteld |

| gebeurtenis | betekenis | rol | object |
|---|---|---|---|
`

func page() string {
	var b strings.Builder
	b.WriteString(pageHead)
	for _, m := range audit.Catalogue() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.Event, m.Dutch, join(m.Roles), join(m.Objects))
	}
	return b.String()
}

func join[S ~string](list []S) string {
	var words []string
	for _, s := range list {
		words = append(words, string(s))
	}
	return strings.Join(words, ", ")
}
