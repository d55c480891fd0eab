// SPDX-License-Identifier: EUPL-1.2

package logbook_test

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/keys"
)

const (
	energy   gateway.OIN = "00000099000000110001"
	nijmegen gateway.OIN = "00000099000000220001"
	self     gateway.OIN = "00000099000000000001"
	uuid                 = "0190a7c3-5b1e-7c60-9a3e-4f5d6c7b8a90"
	exchange             = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11"
)

var (
	noon    = time.Date(2026, 11, 2, 12, 0, 0, 5e6, time.UTC)
	profile = logbook.Profile{Base: "https://seinhuis.example/v1", Gateway: self, Version: "v1.2.3"}
)

func traced() gateway.Trace {
	return gateway.ParseTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").Within(exchange)
}

func resident() logbook.Subject {
	return logbook.Subject{Token: pseudonym.TokenResident, Tag: keys.Tag{Version: 3, Sum: [32]byte{1, 2, 3}}}
}

func record(t testing.TB, event audit.Event, by audit.By, object string, o ...audit.Option) logbook.Record {
	t.Helper()
	by.Trace = traced()
	e, err := audit.New(event, by, object, noon, o...)
	if err != nil {
		t.Fatal(err)
	}
	return logbook.Record{Number: 41, Entry: e.Content(), Trace: e.Trace(), Span: "aabbccddeeff0011", EndedAt: noon.Add(7 * time.Millisecond), Subject: resident()}
}

func byEnergy() audit.By {
	return audit.By{Actor: string(energy), Role: audit.Creditor, Origin: strings.Repeat("ab", 32)}
}

func received(t testing.TB) logbook.Record {
	return record(t, audit.ReportReceived, byEnergy(), audit.Object(audit.KindReport, string(energy), uuid), audit.Policy(strings.Repeat("cd", 32)), audit.Codes("waarschuwing"))
}

// TestRowIsTheCoreRecord holds a row to every field of LDV 3.2.
func TestRowIsTheCoreRecord(t *testing.T) {
	row, ok := profile.Row(nijmegen, received(t))
	want := logbook.Row{Trace: "4bf92f3577b34da6a3ce929d0e0e4736", Span: "aabbccddeeff0011", Parent: "00f067aa0ba902b7", Status: logbook.StatusOk,
		Name: "Een melding is gecontroleerd, toegelaten, verzegeld en vastgelegd; het ontvangstbewijs is gegeven.", Start: noon, End: noon.Add(7 * time.Millisecond),
		Service: "seinhuis", Version: "v1.2.3", Attributes: []logbook.Attribute{
			{Key: "dpl.core.processing_activity_id", Text: "https://seinhuis.example/v1/verwerkingsactiviteiten/melding-doorgeven"},
			{Key: "dpl.core.data_subject_id", Text: logbook.SubjectID(nijmegen, resident())},
			{Key: "dpl.core.data_subject_id_type", Text: "https://seinhuis.example/v1/pseudoniemen/v1/bewoner/3"},
			{Key: "dpl.core.foreign_operation.processor", Text: "urn:oin:" + string(energy)},
			{Key: "seinhuis.regel", Number: 41},
			{Key: "seinhuis.gebeurtenis", Text: "melding-ontvangen"},
			{Key: "seinhuis.object", Text: "melding/" + string(energy) + "/" + uuid},
			{Key: "seinhuis.resultaat", Text: "gelukt"},
			{Key: "seinhuis.codes", List: []string{"waarschuwing"}},
			{Key: "seinhuis.beleid", Text: strings.Repeat("cd", 32)},
			{Key: "seinhuis.transactie", Text: exchange},
			{Key: "seinhuis.uitvoerder", Text: string(energy)},
			{Key: "seinhuis.gegevens", List: logbook.CategoriesOf(logbook.ActivityReport)},
		}}
	if !ok || !reflect.DeepEqual(row, want) {
		t.Errorf("row\n%+v\nwant\n%+v", row, want)
	}
}

// TestRowNamesNoStaff: an officer, an operator and the gateway are all the
// processor, and no number of an account is in any attribute.
func TestRowNamesNoStaff(t *testing.T) {
	account := "0192a0c2-0000-4000-8000-5b1f0a7c1e11"
	sought := record(t, audit.PersonSought, audit.By{Actor: audit.ActorOfficer(account), Role: audit.Officer, Origin: audit.Local},
		audit.Object(audit.KindInstruction, string(nijmegen), "GM0268", uuid))
	erased := record(t, audit.DataErased, audit.By{Actor: audit.ActorOperator, Role: audit.Operator, Origin: audit.Local}, audit.Object(audit.KindSignal, uuid))
	for _, r := range []logbook.Record{sought, erased} {
		row, ok := profile.Row(nijmegen, r)
		if !ok || row.Text("seinhuis.uitvoerder") != string(self) || row.Text("dpl.core.foreign_operation.processor") != "" {
			t.Errorf("%s: %+v", r.Entry.Event, row)
		}
		for _, a := range row.Attributes {
			if strings.Contains(a.Text, account) || strings.Contains(a.Text, "functionaris") || strings.Contains(a.Text, "beheer") {
				t.Errorf("%s: %s is %s", r.Entry.Event, a.Key, a.Text)
			}
		}
	}
}

func TestStatus(t *testing.T) {
	refused := record(t, audit.ReportRefused, byEnergy(), audit.Object(audit.KindReport, string(energy), uuid), audit.Refused("geen-overeenkomst"))
	if row, _ := profile.Row(energy, refused); row.Status != logbook.StatusUnset {
		t.Errorf("a refusal is %s", row.Status)
	}
	failed := received(t)
	failed.Entry.Result = "mislukt"
	if row, _ := profile.Row(energy, failed); row.Status != logbook.StatusError {
		t.Errorf("a fault of ours is %s", row.Status)
	}
}

func TestNoRowWithoutAPerson(t *testing.T) {
	listed := record(t, audit.ProcessingRead, byEnergy(), audit.Object(audit.KindParty, string(energy)))
	if _, ok := profile.Row(energy, listed); ok {
		t.Error("reading the logbook is written into the logbook")
	}
	gone := received(t)
	gone.Subject = logbook.Subject{}
	row, ok := profile.Row(nijmegen, gone)
	if !ok || row.Text("dpl.core.data_subject_id") != "" || row.Text("dpl.core.data_subject_id_type") != "" {
		t.Errorf("after the tokens: %+v", row)
	}
}

func sum(s string) []byte { d := sha256.Sum256([]byte(s)); return d[:] }

func TestSubjectID(t *testing.T) {
	person := logbook.Subject{Token: pseudonym.TokenPerson, Tag: keys.Tag{Version: 2, Sum: [32]byte{9}}}
	a, b := logbook.SubjectID(nijmegen, person), logbook.SubjectID(energy, person)
	if len(a) != 64 || a == b || a == logbook.SubjectID(nijmegen, resident()) || logbook.SubjectID(nijmegen, logbook.Subject{}) != "" {
		t.Errorf("%s, %s", a, b)
	}
	// A vector for who makes it elsewhere.
	if want := hex.EncodeToString(sum("ldv|v1|00000099000000220001|09" + strings.Repeat("00", 31))); a != want {
		t.Errorf("%s, want %s", a, want)
	}
	older := logbook.Subject{Token: pseudonym.TokenPerson, Tag: keys.Tag{Version: 1}}
	for _, order := range [][]logbook.Subject{{person, resident(), older}, {older, resident(), person}, {resident(), person, older}, {{}, older, person, {}}} {
		var best logbook.Subject
		for _, s := range order {
			best = best.Or(s)
		}
		if best != person {
			t.Errorf("of %v the best is %v", order, best)
		}
	}
}

func TestEveryActivityIsDescribed(t *testing.T) {
	for _, a := range logbook.Activities() {
		d, ok := profile.Describe(a)
		if !ok || d.URI != "https://seinhuis.example/v1/verwerkingsactiviteiten/"+string(a) || d.Name == "" || d.Basis == "" || len(d.Categories) == 0 {
			t.Errorf("%s: %+v", a, d)
		}
	}
	if _, ok := profile.Describe("x"); ok {
		t.Error("an activity that is none is described")
	}
}

// TestDecisions: who asked was allowed or denied, and what the gateway does by
// itself is no decision.
func TestDecisions(t *testing.T) {
	d, ok := profile.Decision(received(t))
	if !ok || !d.Allowed || d.Policy != strings.Repeat("cd", 32) || d.Request != "logboek/41" || d.Exchange != exchange || d.Status != logbook.StatusOk ||
		d.Trace != "4bf92f3577b34da6a3ce929d0e0e4736" || d.Span != "aabbccddeeff0011" || d.Parent != "00f067aa0ba902b7" || !d.At.Equal(noon) {
		t.Errorf("%+v", d)
	}
	denied, ok := profile.Decision(record(t, audit.AccessRefused, byEnergy(), audit.Object(audit.KindService), audit.Refused("partijsoort-niet-toegestaan")))
	if !ok || denied.Allowed || denied.Policy != logbook.PolicyAccess || denied.Status != logbook.StatusUnset || !slices.Equal(denied.Codes, []string{"partijsoort-niet-toegestaan"}) {
		t.Errorf("%+v", denied)
	}
	local := audit.By{Role: audit.Officer, Actor: audit.ActorOfficer(uuid[:14] + "4" + uuid[15:]), Origin: audit.Local}
	instruction := audit.Object(audit.KindInstruction, string(nijmegen), "GM0268", uuid)
	for name, c := range map[string]struct {
		r    logbook.Record
		want bool
	}{
		"the gateway erases":    {record(t, audit.DataErased, audit.By{Actor: audit.ActorGateway, Role: audit.Gateway, Origin: audit.Local}, audit.Object(audit.KindSignal, uuid)), false},
		"a file is refused":     {record(t, audit.BatchRefused, audit.By{Actor: audit.ActorGateway, Role: audit.Gateway, Origin: audit.Local}, audit.Object(audit.KindBatch, string(energy), uuid), audit.Refused("bestand-leeg")), true},
		"an instruction":        {record(t, audit.PersonSought, local, instruction), false},
		"an instruction denied": {record(t, audit.ErasureRefused, local, instruction, audit.Refused("pauze-loopt")), true},
	} {
		if _, ok := profile.Decision(c.r); ok != c.want {
			t.Errorf("%s: decision %t", name, ok)
		}
	}
}
