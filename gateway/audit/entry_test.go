// SPDX-License-Identifier: EUPL-1.2

package audit_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

const (
	oin     = "00000003123456780000"
	uuid    = "0190a7c3-5b1e-7c60-9a3e-4f5d6c7b8a90"
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
)

// trace comes from a caller, in an exchange.
var trace = gateway.ParseTraceparent("00-" + traceID + "-00f067aa0ba902b7-01").Within(uuid)

func TestNew(t *testing.T) {
	at := time.Date(2026, 3, 1, 13, 0, 0, 123456789, time.FixedZone("", 3600))
	by := audit.By{Actor: oin, Role: audit.Creditor, Origin: audit.Certificate([]byte("certificate")), Trace: trace}
	e, err := audit.New(audit.ReportRefused, by, audit.Object(audit.KindReport, oin, uuid), at,
		audit.Refused("geen-overeenkomst"), audit.Digest(sha256.Sum256([]byte("body"))), audit.Policy(strings.Repeat("ab", 32)), audit.Count(1))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"v":1,"tijd":"2026-03-01T12:00:00.123Z","gebeurtenis":"melding-geweigerd","actor":"00000003123456780000",` +
		`"rol":"meldende-partij","object":"melding/00000003123456780000/0190a7c3-5b1e-7c60-9a3e-4f5d6c7b8a90","resultaat":"geweigerd",` +
		`"herkomst":"5b1d1e2055fab2ac85a1ae10cfc18c51e1a8a53ff62ca8c9fb1a3aa41a7cfc24","spoor":"4bf92f3577b34da6a3ce929d0e0e4736",` +
		`"beleid":"abababababababababababababababababababababababababababababababab","codes":["geen-overeenkomst"],` +
		`"digest":"230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5","aantal":1}`
	want = strings.Replace(want, "5b1d1e2055fab2ac85a1ae10cfc18c51e1a8a53ff62ca8c9fb1a3aa41a7cfc24", by.Origin, 1)
	if got := string(e.Leaf()); got != want {
		t.Errorf("leaf\n%s\nwant\n%s", got, want)
	}
	if got := e.Trace(); got != trace || got.Parent() != "00f067aa0ba902b7" || got.Exchange() != uuid {
		t.Errorf("an entry forgot what it was part of: %q, %q, %q", got.ID(), got.Parent(), got.Exchange())
	}
}

func TestNewRefuses(t *testing.T) {
	creditor := audit.By{Actor: oin, Role: audit.Creditor, Origin: audit.Local, Trace: trace}
	object := audit.Object(audit.KindReport, oin, uuid)
	with := func(change func(*audit.By)) audit.By { by := creditor; change(&by); return by }
	for name, c := range map[string]struct {
		event   audit.Event
		by      audit.By
		object  string
		options []audit.Option
	}{
		"event outside the catalogue": {"melding-verzonnen", creditor, object, nil},
		"role of another event":       {audit.SignalRead, creditor, "signaal/" + uuid, nil},
		"object of another event":     {audit.ReportReceived, creditor, "signaal/" + uuid, nil},
		"actor of another role":       {audit.ReportReceived, with(func(b *audit.By) { b.Actor = audit.ActorGateway }), object, nil},
		"name as actor":               {audit.ReportReceived, with(func(b *audit.By) { b.Actor = "J. de Vries" }), object, nil},
		"name in object":              {audit.ReportReceived, creditor, "melding/jansen", nil},
		"BSN in object":               {audit.ReportReceived, creditor, "melding/123456782", nil},
		"BSN in code":                 {audit.ReportReceived, creditor, object, []audit.Option{audit.Codes("bsn-123456782")}},
		"BSN in pieces":               {audit.ReportReceived, creditor, object, []audit.Option{audit.Codes("a-123-456-782")}},
		"BSN as count":                {audit.ReportReceived, creditor, object, []audit.Option{audit.Count(123456782)}},
		"address in code":             {audit.ReportReceived, creditor, object, []audit.Option{audit.Codes("Dorpsstraat 1")}},
		"address as origin":           {audit.ReportReceived, with(func(b *audit.By) { b.Origin = "192.0.2.7" }), object, nil},
		"no trace":                    {audit.ReportReceived, with(func(b *audit.By) { b.Trace = gateway.Trace{} }), object, nil},
		"policy is not a digest":      {audit.ReportReceived, creditor, object, []audit.Option{audit.Policy("v1")}},
		"refusal as success":          {audit.ReportRefused, creditor, object, nil},
		"refusal without a code":      {audit.ReportRefused, creditor, object, []audit.Option{audit.Refused()}},
	} {
		e, err := audit.New(c.event, c.by, c.object, time.Unix(0, 0), c.options...)
		if !errors.Is(err, audit.ErrEntry) || e.Leaf() != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, value := range []string{"Vries", "123456782", "Dorps", "192.0"} {
			if strings.Contains(err.Error(), value) {
				t.Errorf("%s: the error repeats the value: %v", name, err)
			}
		}
	}
}

// Every row of the catalogue can be used by each of its roles, for each of its objects.
func TestCatalogueIsUsable(t *testing.T) {
	actors := map[audit.Role]string{audit.Creditor: oin, audit.Municipality: oin, audit.Officer: audit.ActorOfficer(uuid),
		audit.Operator: audit.ActorOperator, audit.Gateway: audit.ActorGateway, audit.Unknown: audit.ActorUnknown}
	seen := map[audit.Event]bool{}
	for _, m := range audit.Catalogue() {
		if seen[m.Event] {
			t.Errorf("%s stands twice", m.Event)
		}
		seen[m.Event] = true
		if m.Refusal != strings.HasSuffix(string(m.Event), "-geweigerd") {
			t.Errorf("%s: the name and Refusal disagree", m.Event)
		}
		var options []audit.Option
		if m.Refusal {
			options = append(options, audit.Refused("onbekende-partij"))
		}
		for _, role := range m.Roles {
			for _, kind := range m.Objects {
				by := audit.By{Actor: actors[role], Role: role, Origin: audit.Local, Trace: trace}
				e, err := audit.New(m.Event, by, string(kind), time.Unix(0, 0), options...)
				if err != nil {
					t.Errorf("%s by %s about %s: %v", m.Event, role, kind, err)
					continue
				}
				if _, err := proof.Decode(e.Leaf()); err != nil {
					t.Error(err)
				}
			}
		}
	}
}
