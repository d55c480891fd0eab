// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

// TestTypedWordsRestNowhere carries out every right about a person whose
// reports a running gateway holds, and looks for the words in the database with
// its WAL, the logs, the terminal and the exports (invariant I1). On the way it
// sees that the rights do something: found, objected, erased.
func TestTypedWordsRestNowhere(t *testing.T) {
	var logged testWriter
	w, err := makeWorld(t.Context(), t.TempDir(), slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug - 8})), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	stop := w.serve(t.Context())
	s := &story{world: w, out: &logged}
	if err := s.introduce(t.Context()); err != nil {
		t.Fatal(err)
	}
	report := func() client.Report {
		r := newPeople(3, gateway.Today(w.now)).report(gateway.ReportEnergy, 0)
		r.Person = client.Person{Initials: "K.", Prefix: "van", Surname: markName}
		r.Address.Street, r.Address.Number, r.Reference = markStreet, markNumber, markRef
		return r
	}
	if _, err := s.creditors[energy].Report(t.Context(), report()); err != nil {
		t.Fatal(err)
	}
	person := fmt.Sprintf(`{"persoon":{"voorletters":"K","achternaam":%q},"adres":{"postcode":%q,"huisnummer":%d}}`,
		"van "+strings.ToLower(markName), report().Address.Postcode, markNumber)
	var terminal bytes.Buffer
	act := func(args ...string) (string, error) {
		var out bytes.Buffer
		root := newRoot()
		root.SetIn(strings.NewReader(person))
		root.SetOut(&out)
		root.SetErr(&terminal)
		root.SetArgs(append(args, "--dir", w.home(), "--municipality", "GM0268", "--for", string(demoParties()[2].OIN),
			"--instruction", "01981e2c-7a10-7000-8000-000000000001", "--officer", "01981e2c-7a10-7000-8000-0000000000aa"))
		err := root.ExecuteContext(context.WithoutCancel(t.Context()))
		terminal.Write(out.Bytes())
		return out.String(), err
	}
	out, err := act("person", "find", "--json")
	var hits []hitView
	if err = errors.Join(err, json.Unmarshal([]byte(out), &hits)); err != nil || len(hits) != 1 || !hits[0].Surely {
		t.Fatalf("%s %v", out, err)
	}
	export := filepath.Join(w.home(), "inzage")
	if out, err := act("person", "overview", "--out", export+".json", "--out", export+".html"); err != nil || !strings.Contains(out, "1 reports") {
		t.Fatal(out, err)
	}
	if out, err := act("person", "object", "--until", gateway.Today(w.now).AddDays(90).String()); err != nil {
		t.Fatal(out, err)
	}
	waitObjected(t, s.creditors[energy], report())
	if _, err := s.creditors[energy].Report(t.Context(), report()); err == nil || !strings.Contains(err.Error(), "bezwaar-inwoner") {
		t.Errorf("reported against an objection: %v", err)
	}
	look := func(where string, data []byte) {
		for _, mark := range append(marks(), report().Address.Postcode+markName) {
			if bytes.Contains(data, []byte(mark)) {
				t.Errorf("mark %q found in %s", mark, where)
			}
		}
	}
	scan(t, w.home(), look) // while the database is open: WAL and all, and the exports
	if out, err := act("person", "erase", "--yes"); err != nil || !strings.Contains(out, "1 bodies") {
		t.Errorf("%s %v", out, err)
	}
	if out, err := act("person", "find"); err != nil || !strings.Contains(out, "0 found") {
		t.Errorf("after erasing: %s %v", out, err)
	}
	person = `{"persoon":{"achternaam":"` + markName + ` 999990019"}}`
	if _, err := act("person", "find"); err == nil || strings.Contains(err.Error(), markName) {
		t.Errorf("a wrong person: %v", err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	scan(t, w.home(), look)
	look("the log output", []byte(logged.String()))
	look("the terminal", terminal.Bytes())
}

// waitObjected asks until a running gateway has seen an objection.
func waitObjected(t *testing.T, creditor *client.Client, r client.Report) {
	t.Helper()
	for range 200 {
		m, err := client.Prepare(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := creditor.Check(t.Context(), m); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the gateway never saw the objection")
}

// TestAskSubject: at prompts the same person comes out, and an empty answer
// leaves a field out.
func TestAskSubject(t *testing.T) {
	var prompts bytes.Buffer
	s, err := askSubject(strings.NewReader("Voorbeeld\nvan\n\n1980-02-03\n6511 ab\n90001\n\n\n"), &prompts)
	if err != nil || s.Person.Surname.Reveal() != "Voorbeeld" || !s.Person.Initials.IsZero() || s.Person.BirthDate.Reveal() != "1980-02-03" ||
		s.Address.Postcode.Reveal() != "6511AB" || s.Address.Number.Reveal() != 90001 {
		t.Errorf("%v", err)
	}
	if strings.Contains(prompts.String(), "Voorbeeld") || !strings.Contains(prompts.String(), "achternaam: ") {
		t.Errorf("prompts: %s", prompts.String())
	}
	if _, err := askSubject(strings.NewReader("Voorbeeld\n\n\n\n6511AB\nZwartebloem\n"), &prompts); err == nil || strings.Contains(err.Error(), "Zwartebloem") {
		t.Errorf("a wrong number: %v", err)
	}
}
