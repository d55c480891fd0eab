// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

// testWriter is a buffer that several goroutines may write to.
type testWriter struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (w *testWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.Write(p)
}

func (w *testWriter) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// The marks of the canary: texts that occur nowhere else.
const (
	markName   = "Zwaanenberghx"
	markStreet = "Kanariepietlaan"
	markPhone  = "0697531"
	markMail   = "kanarie-merkteken"
	markRef    = "KNR-MERK"
	markNumber = 97531
)

func marks() []string {
	return []string{markName, strings.ToLower(markName), markStreet, markPhone, markMail, markRef, `huisnummer":97531`, "|97531", "kanariepiet"}
}

// TestCanary sends marked persons all the way, some refused, and looks for the
// marks in everything that stays behind (invariants I1 and I4). TestClusterCanary
// does so on real servers.
func TestCanary(t *testing.T) {
	logged := new(testWriter)
	w, err := makeWorld(t.Context(), t.TempDir(), verboseLog(logged), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	playCanary(t, w, logged, func(look func(string, []byte)) { scan(t, w.home(), look) })
}

func verboseLog(to io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{Level: slog.LevelDebug - 8}))
}

// playCanary lets marked persons be reported one by one and in a file, fetched,
// helped and paused, and shows search where to look: everything that rests, while
// the gateway runs and after.
func playCanary(t *testing.T, w *demoWorld, logged *testWriter, search func(look func(where string, data []byte))) {
	t.Helper()
	stop := w.serve(t.Context())
	s := &story{world: w, out: logged}
	if err := s.introduce(t.Context()); err != nil {
		t.Fatal(err)
	}
	errorsSeen := sendCanaries(t, s)
	sendCanaryFile(t, s)
	if got := emptyCanaries(t, s); got == 0 {
		t.Fatal("no mark arrived at a municipality: the canary sees nothing")
	}
	for _, chapter := range []func(context.Context) error{s.withdraw, s.feedback, s.pause, s.life} {
		if err := chapter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	sendCanaries(t, s) // these stay in their mailboxes
	recorder := httptest.NewRecorder()
	w.gateway.options.Metrics.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if recorder.Body.Len() == 0 {
		t.Fatal("no metrics to look at")
	}

	looked := 0
	look := func(where string, data []byte) {
		looked += len(data)
		for _, mark := range marks() {
			if bytes.Contains(data, []byte(mark)) || bytes.Contains(data, []byte(hex.EncodeToString([]byte(mark)))) {
				t.Errorf("mark %q found in %s", mark, where)
			}
		}
	}
	search(look) // while the store is open: journals and all
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	search(look)
	look("the log output", []byte(logged.String()))
	look("metrics", recorder.Body.Bytes())
	look("error bodies", []byte(strings.Join(errorsSeen, "\n")))
	t.Logf("looked at %d bytes", looked)
	if !strings.Contains(logged.String(), "meldingen") {
		t.Error("the log output does not show requests: the test looks at nothing")
	}
}

// sendCanaryFile drops marked persons in a file by SFTP.
func sendCanaryFile(t *testing.T, s *story) {
	t.Helper()
	rows := csv.NewReader(bytes.NewReader(s.spreadsheet(demoLines)))
	rows.Comma = ';'
	all, err := rows.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range all[1:] {
		row[slices.Index(all[0], "kenmerk")], row[slices.Index(all[0], "persoon.achternaam")] = markRef, markName
	}
	var marked bytes.Buffer
	out := csv.NewWriter(&marked)
	out.Comma = ';'
	publics, err2 := s.world.gateway.ring.OpenPGPPublics(t.Context())
	if err := errors.Join(out.WriteAll(all), err2); err != nil {
		t.Fatal(err)
	}
	sealed, err := s.world.sealFile(publics[0], marked.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	door, id := reopened(t, s.world), string(gateway.NewUUID(time.Now(), nil))
	if err := drop(door, "/aanleveringen/"+id+".csv.pgp", sealed); err != nil {
		t.Fatal(err)
	}
	if done, err := awaitOutcome(t.Context(), door, id); err != nil || done.Accepted != demoLines-2 {
		t.Fatalf("%+v %v", done, err)
	}
}

// sendCanaries sends 200 marked reports; every fifth is refused, each in
// another way, and its error is returned.
func sendCanaries(t *testing.T, s *story) (seen []string) {
	persons := newPeople(3, gateway.Today(s.world.now))
	faults := []func(r *client.Report){
		func(r *client.Report) { r.Address.Postcode = "1000AE" },
		func(r *client.Report) { r.Efforts.Objection = true },
		func(r *client.Report) { r.Person.Surname += " 999990019" },
		func(r *client.Report) { r.Person.Initials = strings.Repeat(markName, 20) },
		func(r *client.Report) { r.Contact.Email = markMail },
		func(r *client.Report) { r.Kind = markName },
		func(r *client.Report) { r.SignalDate = markName },
		func(r *client.Report) { r.Pilot = markStreet },
	}
	reports := make([]client.Report, 200)
	for i := range reports {
		r := persons.report(gateway.ReportEnergy, i%3)
		r.Person.Surname, r.Address.Street, r.Address.Number = markName, markStreet, markNumber
		r.Contact = client.Contact{Phone: markPhone + fmt.Sprintf("%03d", i), Email: markMail + "@voorbeeld.example"}
		r.Reference = fmt.Sprintf("%s%d", markRef, i)
		if i%5 == 4 {
			faults[i/5%len(faults)](&r)
		}
		reports[i] = r
	}
	var mu sync.Mutex
	if err := inParallel(8, len(reports), func(i int) error {
		_, err := s.creditors[energy].Report(t.Context(), reports[i])
		if (err != nil) != (i%5 == 4) {
			return fmt.Errorf("report %d: %w", i, err)
		}
		if err != nil {
			mu.Lock()
			seen = append(seen, err.Error(), fmt.Sprintf("%+v", err))
			mu.Unlock()
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return seen
}

// emptyCanaries collects everything and counts the marks that arrived.
func emptyCanaries(t *testing.T, s *story) (found int) {
	for _, m := range s.municipalities {
		opened, _, err := empty(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		s.opened = append(s.opened, opened)
		for _, c := range opened {
			if c.Report.Person.Surname == markName {
				found++
			}
		}
	}
	return found
}

func scan(t *testing.T, dir string, look func(string, []byte)) {
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		look(path, data)
		return err
	})
	if err != nil || files < 5 {
		t.Fatalf("%d files looked at: %v", files, err)
	}
}
